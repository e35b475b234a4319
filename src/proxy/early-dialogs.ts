/** The early dialogs of one INVITE, and the 199 that says that they are over (RFC 6228 section 6). */
import { quote } from "../grammar/quoted-string.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { RequestContext } from "./request-context.ts";

/** SECURITY: how many a callee can have remembered. */
const MAX_EARLY_DIALOGS = 16;

export class EarlyDialogs {
  /** By To tag: whether it has not had its 199 yet. */
  #isOpenByToTag: Map<string, boolean> | undefined = undefined;
  #isWanted: boolean | undefined = undefined;

  /** A provisional response was received. */
  remember(response: SipResponse, context: RequestContext): void {
    const toTag = this.#wants199(context) ? response.toTag : undefined;

    if (toTag !== undefined) {
      this.#isOpenByToTag ??= new Map();

      if (this.#isOpenByToTag.size < MAX_EARLY_DIALOGS || this.#isOpenByToTag.has(toTag)) {
        this.#isOpenByToTag.set(toTag, response.statusCode !== 199);
      }
    }
  }

  /**
   * A final response that is not sent upstream has ended them: says so to a
   * caller that wants to know, once for each. Not where provisional responses
   * have to be reliable, since this server can make none that is.
   */
  end(response: SipResponse, context: RequestContext): void {
    if (!this.#wants199(context)) {
      return;
    }

    const reason = `Reason: SIP ;cause=${response.statusCode} ;text=${quote(response.reasonPhrase)}`;
    const isOpenByToTag = this.#isOpenByToTag ?? new Map<string, boolean>();

    if (response.toTag !== undefined && !isOpenByToTag.has(response.toTag)) {
      isOpenByToTag.set(response.toTag, true);
    }

    for (const [toTag, isOpen] of isOpenByToTag) {
      if (isOpen) {
        context.reply(199, undefined, [reason], undefined, toTag);
      }
    }

    this.#isOpenByToTag = undefined;
  }

  #wants199({ received }: RequestContext): boolean {
    this.#isWanted ??= received.supported.includes("199") && !received.require.includes("100rel");

    return this.#isWanted;
  }
}
