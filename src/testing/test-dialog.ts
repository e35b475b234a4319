/** One side of a dialog (RFC 3261 section 12), as a far side has it: what its next request must say. */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";

export class TestDialog {
  readonly target: string;
  readonly routes: readonly string[];
  readonly #callId: string;
  readonly #local: string;
  readonly #remote: string;
  #cseq: number;

  private constructor(
    message: SipRequest | SipResponse,
    ends: { readonly local: string; readonly remote: string; readonly cseq: number },
    routes: readonly string[],
    otherwise: string,
  ) {
    this.target = message.contact?.uri ?? otherwise;
    this.routes = routes;
    this.#callId = message.callId;
    this.#local = ends.local;
    this.#remote = ends.remote;
    this.#cseq = ends.cseq;
  }

  /** Section 12.1.2: of who sent the request; the route set is the Record-Route in reverse order. */
  static ofCaller(request: SipRequest, response: SipResponse): TestDialog {
    return new TestDialog(
      response,
      { local: header(request, "From"), remote: header(response, "To"), cseq: request.cseq },
      response.headerAll("Record-Route").reverse(),
      request.requestUriText,
    );
  }

  /** Section 12.1.1: of who answered it. */
  static ofCallee(request: SipRequest, response: SipResponse): TestDialog {
    return new TestDialog(
      request,
      { local: header(response, "To"), remote: header(request, "From"), cseq: 0 },
      request.headerAll("Record-Route"),
      request.from.uri,
    );
  }

  /** Section 12.2.1.1. An ACK has the number of its INVITE. */
  fields(method: string): (readonly [string, string])[] {
    this.#cseq += method === "ACK" || method === "CANCEL" ? 0 : 1;

    return [
      ...this.routes.map((route): [string, string] => ["Route", route]),
      ["From", this.#local],
      ["To", this.#remote],
      ["Call-ID", this.#callId],
      ["CSeq", `${this.#cseq} ${method}`],
    ];
  }
}

function header(message: SipRequest | SipResponse, name: string): string {
  return message.header(name) ?? "";
}
