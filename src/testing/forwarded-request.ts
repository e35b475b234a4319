/** A request that the server sent to a far side, and what this answers. */
import type { SipRequest } from "../message/sip-request.ts";
import { SipResponse } from "../message/sip-response.ts";
import { reasonPhraseOf } from "../message/status-codes.ts";
import type { Target } from "../transport/target.ts";
import type { FarEndLink } from "./far-end-link.ts";
import type { MemoryFlow } from "./memory-flow.ts";
import { responseText } from "./message-text.ts";
import { type MessageOptions, SentRequest } from "./sent-request.ts";
import type { TestDialog } from "./test-dialog.ts";

/** What a response has besides its status. */
export interface ReplyOptions extends MessageOptions {
  /** Default: the registered phrase of the status. */
  readonly reason?: string | undefined;
  /** Tag added to To. Default: one for each request; none for 100. */
  readonly toTag?: string | undefined;
}

/** A request that the server sent to a far side. */
export class ForwardedRequest {
  /** As the server sent it. */
  readonly request: SipRequest;
  /** Where the server sent it. */
  readonly target: Pick<Target, "transport" | "ip" | "port">;
  /** Status of the last response that was sent to it. */
  status: number | undefined = undefined;
  readonly #link: FarEndLink;
  readonly #flow: MemoryFlow;
  readonly #text: string;
  readonly #toTag: string;
  #dialog: TestDialog | undefined = undefined;

  /** @internal */
  constructor(link: FarEndLink, flow: MemoryFlow, request: SipRequest, text: string) {
    this.request = request;
    this.target = { transport: flow.transport, ip: flow.remoteIp, port: flow.remotePort };
    this.#link = link;
    this.#flow = flow;
    this.#text = text;
    this.#toTag = `callee${link.context.nextNumber()}`;
  }

  /** Answers it. A 2xx to INVITE and the like gets a Contact. */
  async reply(status: number, options: ReplyOptions = {}): Promise<void> {
    this.sendReply(status, options);
    await this.#link.context.settle();
  }

  /** @internal */
  sendReply(status: number, options: ReplyOptions = {}): void {
    const { context, contactHost, transport } = this.#link;
    const toTag = status === 100 ? undefined : (options.toTag ?? this.#toTag);
    const makesDialog =
      status > 100 && status < 300 && /^(?:INVITE|SUBSCRIBE|REFER|UPDATE)$/.test(this.request.method);
    const contact = `Contact: <sip:bob@${contactHost};transport=${transport}>`;
    const base = responseText(
      this.#text,
      `SIP/2.0 ${status} ${options.reason ?? reasonPhraseOf(status)}`,
      toTag,
      options.headers ?? [],
      options.body ?? "",
    );
    const end = base.indexOf("\r\n\r\n");
    const text =
      makesDialog && !/^(?:Contact|m)[ \t]*:/im.test(base.slice(0, end))
        ? `${base.slice(0, end)}\r\n${contact}${base.slice(end)}`
        : base;
    const response = context.parse(Buffer.from(text));

    this.status = status;

    if (makesDialog && response instanceof SipResponse) {
      this.#dialog = this.#link.dialogs.ofCallee(this.request, response);
      this.#dialog.refresh(this.request);
    }

    this.#link.send(text, this.#flow);
  }

  /**
   * Sends a request in the dialog that the last such reply made: the callee hangs up.
   *
   * @throws {Error} before a reply has made one.
   */
  inDialog(method: string, options: MessageOptions = {}): Promise<SentRequest> {
    if (this.#dialog === undefined) {
      throw new Error(`no reply to ${this.request.method} has made a dialog`);
    }

    return SentRequest.send(this.#link, this.#flow, method, this.#dialog.target, options, this.#dialog);
  }
}
