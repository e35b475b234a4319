/**
 * A received response as the user's code sees it (`SipResponse` of the
 * programming interface). What is edited in a callback goes upstream.
 */
import type { MessageParts } from "../message/sip-message.ts";
import { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import type { SipConnection } from "../transport/sip-connection.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import type { IpType } from "../util/ip-address.ts";
import type { IncomingRequest } from "./incoming-request.ts";

/** What a response needs of the request that it answers. */
export interface AnsweredRequest {
  readonly tvars: Record<string, unknown>;
}

/** A response that was received. What is edited in a callback is sent upstream. */
export class IncomingResponse<Request extends AnsweredRequest = IncomingRequest> extends SipResponse {
  /** The request that is answered. */
  readonly request: Request;
  readonly #flow: Flow;

  /** @internal */
  constructor(parts: MessageParts, received: SipResponse, request: Request, flow: Flow) {
    super(parts, received.statusCode, received.rawReasonPhrase);
    this.request = request;
    this.#flow = flow;
  }

  /** The connection that the response came on; for UDP, what stands for the peer. */
  get connection(): SipConnection {
    return this.#flow;
  }

  /** What the response came over. */
  get transport(): TransportProtocol {
    return this.#flow.transport;
  }

  /** Without brackets. */
  get sourceIp(): string {
    return this.#flow.remoteIp;
  }

  /** Family of `sourceIp`. */
  get sourceIpType(): IpType {
    return this.#flow.remoteIpType;
  }

  /** Port that the response came from. */
  get sourcePort(): number {
    return this.#flow.remotePort;
  }

  /** Whether the response came over UDP. */
  get isUdp(): boolean {
    return this.transport === "udp";
  }

  /** Whether the response came over TCP. */
  get isTcp(): boolean {
    return this.transport === "tcp";
  }

  /** Whether the response came over TLS, WSS not included. */
  get isTls(): boolean {
    return this.transport === "tls";
  }

  /** Whether the response came over WebSocket without TLS. */
  get isWs(): boolean {
    return this.transport === "ws";
  }

  /** Whether the response came over WebSocket with TLS. */
  get isWss(): boolean {
    return this.transport === "wss";
  }

  /** Whether the response came over WebSocket, with or without TLS. */
  get isWebSocket(): boolean {
    return this.isWs || this.isWss;
  }

  /** Variables of the connection that the response came on. Has no prototype. */
  get cvars(): Record<string, unknown> {
    return this.#flow.cvars;
  }

  /** Variables of the transaction, shared with the request. Has no prototype. */
  get tvars(): Record<string, unknown> {
    return this.request.tvars;
  }

  /** Closes the connection that the response came on; false for UDP, and when it was closed already. */
  closeConnection(): boolean {
    return this.#flow.close();
  }
}
