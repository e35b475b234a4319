/** One side of a dialog (RFC 3261 section 12), as a far side has it: what its next request must say. */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";

interface DialogEnds {
  /** From of the requests of this side, and To of those of the other one. */
  readonly local: string;
  readonly remote: string;
  /** Of the last request of this side. */
  readonly cseq: number;
}

export class TestDialog {
  readonly routes: readonly string[];
  readonly #callId: string;
  readonly #local: string;
  readonly #remote: string;
  #target: string;
  #cseq: number;

  private constructor(
    message: SipRequest | SipResponse,
    { cseq, local, remote }: DialogEnds,
    routes: readonly string[],
    otherwise: string,
  ) {
    this.routes = routes;
    this.#callId = message.callId;
    this.#local = local;
    this.#remote = remote;
    this.#target = message.contact?.uri ?? otherwise;
    this.#cseq = cseq;
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

  /** Request-URI of its next request. */
  get target(): string {
    return this.#target;
  }

  /** Sections 12.2.1.2 and 12.2.2: a later Contact of the other side moves the target; the routes stay. */
  refresh(message: SipRequest | SipResponse): void {
    this.#target = message.contact?.uri ?? this.#target;
  }

  /**
   * Section 12.2.1.1.
   *
   * @param cseq of an ACK, which has the number of its INVITE. Default: the next one.
   */
  fields(method: string, cseq?: number): (readonly [string, string])[] {
    return [
      ...this.routes.map((route): [string, string] => ["Route", route]),
      ["From", this.#local],
      ["To", this.#remote],
      ["Call-ID", this.#callId],
      ["CSeq", `${cseq ?? ++this.#cseq} ${method}`],
    ];
  }
}

/** The dialogs of one far side. A request inside of one makes no other. */
export class TestDialogs {
  readonly #dialogs = new Map<string, TestDialog>();

  /** That of a request which this side sent, by a response that makes a dialog or belongs to one. */
  ofCaller(request: SipRequest, response: SipResponse): TestDialog {
    return this.#get(keyOf(request.callId, request.fromTag, response.toTag), () =>
      TestDialog.ofCaller(request, response),
    );
  }

  /** That of a request which came to this side, by what it was answered. */
  ofCallee(request: SipRequest, response: SipResponse): TestDialog {
    return this.#get(keyOf(request.callId, response.toTag, request.fromTag), () =>
      TestDialog.ofCallee(request, response),
    );
  }

  /** Whether a request that came to this side belongs to one. */
  has({ callId, fromTag, toTag }: SipRequest): boolean {
    return this.#dialogs.has(keyOf(callId, toTag, fromTag));
  }

  #get(key: string, create: () => TestDialog): TestDialog {
    const dialog = this.#dialogs.get(key) ?? create();

    this.#dialogs.set(key, dialog);

    return dialog;
  }
}

function keyOf(callId: string, localTag: string | undefined, remoteTag: string | undefined): string {
  return [callId, localTag, remoteTag].join(" ");
}

function header(message: SipRequest | SipResponse, name: string): string {
  return message.header(name) ?? "";
}
