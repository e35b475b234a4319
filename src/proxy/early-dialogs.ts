/** The early dialogs of one INVITE, and the 199 that says that they are over (RFC 6228 section 6). */
import { quote } from "../grammar/quoted-string.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { RequestContext } from "./request-context.ts";

/** SECURITY: how many a callee can have remembered. */
const MAX_EARLY_DIALOGS = 16;

export class EarlyDialogs {
  #toTags: Set<string> | undefined = undefined;
  #isWanted: boolean | undefined = undefined;

  /** A provisional response was received. */
  remember(response: SipResponse, context: RequestContext): void {
    const toTag = this.#wants199(context) ? response.toTag : undefined;

    if (toTag !== undefined) {
      this.#toTags ??= new Set();

      if (this.#toTags.size < MAX_EARLY_DIALOGS) {
        this.#toTags.add(toTag);
      }
    }
  }

  /**
   * A final response that is not sent upstream has ended them: says so to a
   * caller that wants to know. Not where provisional responses have to be
   * reliable, since this server can make none that is.
   */
  end(response: SipResponse, context: RequestContext): void {
    if (!this.#wants199(context)) {
      return;
    }

    const reason = `Reason: SIP ;cause=${response.statusCode} ;text=${quote(response.reasonPhrase)}`;
    const toTags = this.#toTags ?? new Set();

    if (response.toTag !== undefined) {
      toTags.add(response.toTag);
    }

    for (const toTag of toTags) {
      context.reply(199, undefined, [reason], undefined, toTag);
    }

    this.#toTags = undefined;
  }

  #wants199({ received }: RequestContext): boolean {
    this.#isWanted ??= received.supported.includes("199") && !received.require.includes("100rel");

    return this.#isWanted;
  }
}
