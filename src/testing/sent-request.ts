/** A request that a far side sent to the server, with what came back. */
import { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { FarEndLink } from "./far-end-link.ts";
import type { MemoryFlow } from "./memory-flow.ts";
import { type HeaderFields, requestText } from "./message-text.ts";
import type { TestDialog } from "./test-dialog.ts";

/** What a message has besides its start line. */
export interface MessageOptions {
  /** Replace what would be filled in, or are added. Default: none. */
  readonly headers?: HeaderFields | undefined;
  /** Content-Length is filled in; Content-Type is up to `headers`. Default: none. */
  readonly body?: string | undefined;
}

/** What a request inside of a dialog has. */
export interface DialogOptions extends MessageOptions {
  /**
   * Which dialog, when several callees have answered: the tag that its response has in To. Default: that of the
   * first 2xx, before it that of the last provisional response.
   */
  readonly toTag?: string | undefined;
}

/** Whose responses make a dialog, or move the target of the one that they are in (RFC 3261 section 12, RFC 3311). */
const METHODS_OF_DIALOGS: ReadonlySet<string> = new Set(["INVITE", "SUBSCRIBE", "REFER", "UPDATE"]);

/** Requests that have a Contact by which later ones come back (RFC 3261 section 8.1.1.8; REGISTER too). */
const METHODS_WITH_CONTACT: ReadonlySet<string> = new Set([
  "INVITE",
  "REGISTER",
  "SUBSCRIBE",
  "NOTIFY",
  "REFER",
  "UPDATE",
]);

/** A request that a far side sent to the server, with what came back. */
export class SentRequest {
  /** As it was sent. */
  readonly request: SipRequest;
  /** All that came, in order. */
  readonly responses: SipResponse[] = [];
  readonly #link: FarEndLink;
  readonly #flow: MemoryFlow;
  readonly #text: string;

  /** @internal */
  constructor(link: FarEndLink, flow: MemoryFlow, text: string) {
    const request = link.context.parse(Buffer.from(text));

    if (!(request instanceof SipRequest)) {
      throw new TypeError("not a request");
    }

    this.request = request;
    this.#link = link;
    this.#flow = flow;
    this.#text = text;
  }

  /**
   * Sends a request of its own.
   *
   * @param dialog undefined outside of one.
   * @param cseq of an ACK, which has that of its INVITE.
   * @internal
   */
  static async send(
    link: FarEndLink,
    flow: MemoryFlow,
    method: string,
    requestUri: string,
    options: MessageOptions,
    dialog?: TestDialog,
    cseq?: number,
  ): Promise<SentRequest> {
    const number = link.context.nextNumber();
    const via = `SIP/2.0/${link.transport.toUpperCase()} ${link.sentBy};branch=z9hG4bKtest${number}`;
    const text = requestText({
      method,
      requestUri,
      fields: [
        ["Via", link.transport === "udp" ? `${via};rport` : via],
        ["Max-Forwards", "70"],
        ...(dialog?.fields(method, cseq) ?? [
          ["From", `<sip:alice@example.org>;tag=caller${number}`],
          ["To", `<${requestUri}>`],
          ["Call-ID", `call${number}@test.invalid`],
          ["CSeq", `1 ${method}`],
        ]),
        ...(METHODS_WITH_CONTACT.has(method)
          ? [["Contact", `<sip:alice@${link.contactHost};transport=${link.transport}>`] as const]
          : []),
      ],
      headers: options.headers ?? [],
      body: options.body ?? "",
    });
    const sent = new SentRequest(link, flow, text);

    link.transactions.set(`${sent.request.topVia.branch} ${method}`, sent);
    link.send(text, flow);
    await link.context.settle();

    return sent;
  }

  /** The first response that is final; undefined while there is none. */
  get finalResponse(): SipResponse | undefined {
    return this.responses.find(({ statusCode }) => statusCode >= 200);
  }

  /** Status code of the final response; undefined while there is none. */
  get status(): number | undefined {
    return this.finalResponse?.statusCode;
  }

  /**
   * Waits, in real time, for a response: of that status, or the final one.
   *
   * @throws {Error} when none comes; it tells what the server did instead.
   */
  response(status?: number): Promise<SipResponse> {
    const what = `${status ?? "final"} response to ${this.request.method}`;

    return this.#link.context.until(what, () =>
      status === undefined
        ? this.finalResponse
        : this.responses.find(({ statusCode }) => statusCode === status),
    );
  }

  /** Sends the same bytes again, as over UDP when no response comes. */
  async retransmit(): Promise<void> {
    this.#link.send(this.#text, this.#flow);
    await this.#link.context.settle();
  }

  /** Sends the CANCEL of this request (RFC 3261 section 9.1): the same Via, Request-URI, From, To, Call-ID and Route. */
  async cancel(options: MessageOptions = {}): Promise<SentRequest> {
    const { cseq, requestUriText } = this.request;
    const copy = (name: string): [string, string][] =>
      this.request.headerAll(name).map((value) => [name, value]);
    const text = requestText({
      method: "CANCEL",
      requestUri: requestUriText,
      fields: [
        ["Via", firstValue(this.request, "Via")],
        ["Max-Forwards", "70"],
        ...copy("Route"),
        ...copy("From"),
        ...copy("To"),
        ...copy("Call-ID"),
        ["CSeq", `${cseq} CANCEL`],
      ],
      headers: options.headers ?? [],
      body: options.body ?? "",
    });
    const sent = new SentRequest(this.#link, this.#flow, text);

    this.#link.transactions.set(`${this.request.topVia.branch} CANCEL`, sent);
    this.#link.send(text, this.#flow);
    await this.#link.context.settle();

    return sent;
  }

  /**
   * Acknowledges a 2xx that came. Any other final response was acknowledged by itself.
   *
   * @throws {Error} when none came.
   */
  async ack(options: DialogOptions = {}): Promise<void> {
    await this.#sendInDialog("ACK", options, isSuccess, this.request.cseq);
  }

  /**
   * Sends a request in the dialog that a response made: BYE, a second INVITE and so on.
   *
   * @throws {Error} when no response has made one.
   */
  inDialog(method: string, options: DialogOptions = {}): Promise<SentRequest> {
    return this.#sendInDialog(method, options, makesDialog, method === "ACK" ? this.request.cseq : undefined);
  }

  async #sendInDialog(
    method: string,
    { toTag, ...options }: DialogOptions,
    isOfDialog: (response: SipResponse) => boolean,
    cseq: number | undefined,
  ): Promise<SentRequest> {
    const candidates = this.responses.filter(
      (response) => isOfDialog(response) && (toTag === undefined || response.toTag === toTag),
    );
    const response = candidates.find(isSuccess) ?? candidates.at(-1);

    if (response === undefined) {
      const which = toTag === undefined ? "" : ` with tag ${JSON.stringify(toTag)}`;

      throw new Error(`no response${which} to ${this.request.method} has made a dialog`);
    }

    const dialog = this.#link.dialogs.ofCaller(this.request, response);

    return SentRequest.send(this.#link, this.#flow, method, dialog.target, options, dialog, cseq);
  }

  /** @internal */
  receiveResponse(response: SipResponse): void {
    this.responses.push(response);

    if (makesDialog(response) && METHODS_OF_DIALOGS.has(this.request.method)) {
      this.#link.dialogs.ofCaller(this.request, response).refresh(response);
    }

    if (this.request.method === "INVITE" && response.statusCode >= 300) {
      this.#acknowledge(response);
    }
  }

  /** Section 17.1.1.3: the ACK of a final response that is no 2xx, with the Via of the INVITE. */
  #acknowledge(response: SipResponse): void {
    const { cseq, requestUriText } = this.request;
    const text = requestText({
      method: "ACK",
      requestUri: requestUriText,
      fields: [
        ["Via", firstValue(this.request, "Via")],
        ["Max-Forwards", "70"],
        ...this.request.headerAll("Route").map((route): [string, string] => ["Route", route]),
        ["From", firstValue(this.request, "From")],
        ["To", firstValue(response, "To")],
        ["Call-ID", this.request.callId],
        ["CSeq", `${cseq} ACK`],
      ],
      headers: [],
      body: "",
    });

    // As over a network, it does not arrive within the call by which the response was sent.
    process.nextTick(() => this.#link.send(text, this.#flow));
  }
}

function isSuccess({ statusCode }: SipResponse): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** RFC 3261 section 12.1. */
function makesDialog({ statusCode, toTag }: SipResponse): boolean {
  return statusCode > 100 && statusCode < 300 && toTag !== undefined;
}

function firstValue(message: SipRequest | SipResponse, name: string): string {
  return message.header(name) ?? "";
}
