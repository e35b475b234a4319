/** A far side as a test sees it: a phone, a browser, another server. */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { HandshakeRefusal } from "../transport/http-refusal.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import type { FarEnd } from "./far-end.ts";
import type { ForwardedRequest } from "./forwarded-request.ts";
import type { MemoryFlow } from "./memory-flow.ts";
import { MemoryWebSocket, type WebSocketClosing } from "./memory-web-socket.ts";
import { type MessageOptions, SentRequest } from "./sent-request.ts";

/** A far side: a phone, a browser, another server. */
export class TestPeer {
  readonly #end: FarEnd;
  readonly #claim: (peer: TestPeer, method: string | undefined) => Promise<ForwardedRequest>;

  /** @internal */
  constructor(end: FarEnd, claim: (peer: TestPeer, method: string | undefined) => Promise<ForwardedRequest>) {
    this.#end = end;
    this.#claim = claim;
  }

  /** What it speaks. */
  get transport(): TransportProtocol {
    return this.#end.transport;
  }

  /** Without brackets. */
  get ip(): string {
    return this.#end.ip;
  }

  /** Its port. */
  get port(): number {
    return this.#end.port;
  }

  /** All that the server sent here, in order, retransmissions included. */
  get messages(): readonly (SipRequest | SipResponse)[] {
    return this.#end.messages;
  }

  /** Whether its connection with the server is open; for UDP, whether there was a message. */
  get isOpen(): boolean {
    return this.#end.flow?.isOpen ?? false;
  }

  /** `connection.cvars` of the server's code. Empty before there is a connection. */
  get cvars(): Readonly<Record<string, unknown>> {
    return this.#end.flow?.cvars ?? {};
  }

  /** How the server refused its WebSocket handshake; undefined when it did not. */
  get refusal(): HandshakeRefusal | undefined {
    return this.#webSocket?.refusal;
  }

  /** How the server closed its WebSocket connection; undefined when it did not. */
  get closing(): WebSocketClosing | undefined {
    return this.#webSocket?.closing;
  }

  /**
   * Sends a request to the server. What is left out is filled in: Via, From, To, Call-ID, CSeq, Max-Forwards, and
   * Contact where there is to be one.
   *
   * @param line method and Request-URI, such as "INVITE sip:bob@example.com".
   * @returns once the server has done what waits for nothing but promises.
   * @throws {Error} when there is no open connection.
   */
  request(line: string, options: MessageOptions = {}): Promise<SentRequest> {
    const [method = "", requestUri = ""] = line.trim().split(/\s+/);

    return SentRequest.send(this.#end, this.#openFlow, method, requestUri, options);
  }

  /**
   * Sends a text as it is, but for line ends: LF becomes CRLF.
   *
   * @throws {Error} when there is no open connection.
   */
  async send(text: string): Promise<void> {
    this.#end.send(text.replace(/\r?\n/g, "\r\n"), this.#openFlow);
    await this.#end.context.settle();
  }

  /**
   * Waits, in real time, for the next request of the server to this peer that no test has asked for yet.
   *
   * @param method the next of this method. Default: of any.
   * @throws {Error} when none comes; it tells what the server did instead.
   */
  received(method?: string): Promise<ForwardedRequest> {
    return this.#claim(this, method);
  }

  /** Closes the connection, as the peer does; nothing for UDP. */
  async close(): Promise<void> {
    const webSocket = this.#webSocket;

    if (webSocket?.isOpen === true) {
      webSocket.isClosedByClient = true;
    }

    if (this.#end.flow?.isReliable === true) {
      this.#end.flow.end("closed");
    }

    await this.#end.context.settle();
  }

  get #webSocket(): MemoryWebSocket | undefined {
    return this.#end.flow instanceof MemoryWebSocket ? this.#end.flow : undefined;
  }

  get #openFlow(): MemoryFlow {
    const { flow, ip, port, transport } = this.#end;

    if (flow === undefined || !flow.isOpen) {
      throw new Error(`${transport} ${ip} port ${port} has no open connection with the server`);
    }

    return flow;
  }
}
