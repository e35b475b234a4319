/** One address outside of the server: reads what is sent there, and answers as its script says. */
import type { SipRequest } from "../message/sip-request.ts";
import { SipResponse } from "../message/sip-response.ts";
import { formatHostPort } from "../transport/listening-point.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import { type Answer, type Answers, answersTo } from "./answers.ts";
import type { FarEndLink, ResponseReceiver } from "./far-end-link.ts";
import { ForwardedRequest } from "./forwarded-request.ts";
import type { FarSide, MemoryFlow } from "./memory-flow.ts";
import type { TestContext } from "./test-context.ts";
import { TestDialogs } from "./test-dialog.ts";

export interface FarEndAddress {
  readonly transport: TransportProtocol;
  readonly ip: string;
  readonly port: number;
  /** For Via and Contact. Default: address and port. */
  readonly sentBy?: string | undefined;
}

export class FarEnd implements FarSide, FarEndLink {
  readonly context: TestContext;
  readonly transport: TransportProtocol;
  readonly ip: string;
  readonly port: number;
  readonly sentBy: string;
  readonly transactions = new Map<string, ResponseReceiver>();
  readonly dialogs = new TestDialogs();
  readonly messages: (SipRequest | SipResponse)[] = [];
  isReachable = true;
  answers: Answers | undefined = undefined;
  /** PEM, its own first: what it presents in a TLS handshake. */
  certificates: readonly string[] = [];
  /** The one that is, or was last, in use. */
  flow: MemoryFlow | undefined = undefined;
  readonly #requests = new Map<string, ForwardedRequest>();
  /** Requests at all far sides that no test has asked for yet. */
  readonly #unclaimed: ForwardedRequest[];

  constructor(context: TestContext, address: FarEndAddress, unclaimed: ForwardedRequest[]) {
    this.context = context;
    this.transport = address.transport;
    this.ip = address.ip;
    this.port = address.port;
    this.sentBy = address.sentBy ?? formatHostPort(address.ip, address.port);
    this.#unclaimed = unclaimed;
  }

  get contactHost(): string {
    return this.sentBy;
  }

  deliver(bytes: Uint8Array, flow: MemoryFlow): void {
    const message = this.context.record(bytes, flow);

    this.flow = flow;
    this.messages.push(message);

    if (message instanceof SipResponse) {
      this.transactions.get(`${message.topVia.branch} ${message.method}`)?.receiveResponse(message);
    } else {
      this.#receiveRequest(message, bytes, flow);
    }

    this.context.signal.changed();
  }

  flowClosed(): void {
    this.context.signal.changed();
  }

  send(text: string, flow: MemoryFlow): void {
    if (flow.isOpen) {
      this.context.receive(Buffer.from(text), flow);
      this.context.signal.changed();
    }
  }

  #receiveRequest(request: SipRequest, bytes: Uint8Array, flow: MemoryFlow): void {
    const key = `${request.topVia.branch} ${request.method}`;

    if (this.#requests.has(key)) {
      // A retransmission.
      return;
    }

    const forwarded = new ForwardedRequest(this, flow, request, Buffer.from(bytes).toString("utf8"));

    this.#requests.set(key, forwarded);
    this.#unclaimed.push(forwarded);

    if (this.answers === undefined || request.method === "ACK") {
      return;
    }

    if (request.method === "CANCEL") {
      this.#answerCancel(forwarded);

      return;
    }

    for (const answer of answersTo(this.answers, forwarded, this.dialogs.has(request))) {
      this.#answer(forwarded, answer);
    }
  }

  /** RFC 3261 section 9.2. */
  #answerCancel(cancel: ForwardedRequest): void {
    const canceled = this.#requests.get(`${cancel.request.topVia.branch} INVITE`);

    this.#answer(cancel, canceled === undefined ? 481 : 200);

    if (canceled !== undefined && (canceled.status ?? 0) < 200) {
      this.#answer(canceled, 487);
    }
  }

  /** Not within the call by which the request was sent: over a network no answer comes so early. */
  #answer(request: ForwardedRequest, answer: Answer): void {
    const { status, afterMs = 0, ...options } = typeof answer === "number" ? { status: answer } : answer;

    const reply = (): void => {
      if ((request.status ?? 0) < 200) {
        request.sendReply(status, options);
      }
    };

    if (afterMs > 0) {
      this.context.clock.schedule(afterMs, reply);
    } else {
      process.nextTick(reply);
    }
  }
}
