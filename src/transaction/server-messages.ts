/** The messages of one server transaction, whole while they are needed, and as texts while it lingers. */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { ownText } from "../util/own-text.ts";
import { asPartOf, essentialTextOf, readRequest, readResponse } from "./kept-messages.ts";
import type { ServerTransactionKey } from "./transaction-key.ts";

export class ServerMessages {
  private readonly method: string;
  /** Undefined once it was let go of. */
  private received: SipRequest | undefined;
  /** What is left of it then: the final response, which repeats what every response needs of it, or just that. */
  private keptText = "";
  /** What a retransmission of the request is answered with; a final response as `keptText`. */
  private last: SipResponse | string | undefined = undefined;

  constructor(received: SipRequest, method: string) {
    this.received = received;
    this.method = method;
  }

  /** As received; after `keep`, what every response needs of it. */
  get request(): SipRequest {
    return this.received ?? readRequest(this.keptText, this.method);
  }

  /** The final response that may have to be sent again, once `keep` was given it; or else "". */
  get repeatedText(): string {
    return typeof this.last === "string" ? this.last : "";
  }

  /** What every response needs of the request, as `readRequest` takes it. */
  get essentialText(): string {
    return this.received === undefined ? this.keptText : essentialTextOf(this.received);
  }

  get lastResponse(): SipResponse | undefined {
    return typeof this.last === "string" ? readResponse(this.last) : this.last;
  }

  get hasResponse(): boolean {
    return this.last !== undefined;
  }

  remember(response: SipResponse): void {
    this.last = response;
  }

  forgetResponse(): void {
    this.last = undefined;
  }

  /**
   * Keeps no more than is needed from the final response on.
   *
   * @param repeated the final response as it was sent, if it may have to be sent again.
   */
  keep(repeated: string | undefined): void {
    if (this.received === undefined) {
      return;
    }

    this.keptText = repeated ?? essentialTextOf(this.received);
    this.received = undefined;

    if (repeated !== undefined) {
      this.last = repeated;
    }
  }

  /**
   * Makes what is kept independent of what was received, for a transaction that is kept with it.
   *
   * @param holder whose texts are to be parts of what is kept, and not of what was received.
   */
  own(holder: { -readonly [Name in "branch" | "host"]: ServerTransactionKey[Name] }): void {
    const text = ownText(this.keptText);

    if (this.last === this.keptText) {
      this.last = text;
    }

    this.keptText = text;
    holder.branch = asPartOf(text, holder.branch);
    holder.host = asPartOf(text, holder.host);
  }
}
