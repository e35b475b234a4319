/**
 * One transport (UDP, TCP, TLS, WS or WSS) as the transport layer drives it,
 * and what the transport delivers to the transport layer.
 */
import type { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "./flow.ts";
import type { ListeningPoint } from "./listening-point.ts";
import type { Target } from "./target.ts";
import type { TransportObserver } from "./transport-observer.ts";

/** Where a transport delivers what it received. The transport layer implements it. */
export interface TransportReceiver {
  /** A well-formed message, as received. */
  receiveMessage(message: SipRequest | SipResponse, flow: Flow): void;

  /** Bytes that are no well-formed message. The transport closes the connection itself, after this call, where it must. */
  receiveFailure(failure: ParseFailure, flow: Flow): void;

  /** A connection was closed, or could not be opened. Once for each connection. */
  flowClosed(flow: Flow): void;

  /** Makes the flow token of `flow` (RFC 5626 section 5.2); asked for when somebody reads it. */
  flowToken(flow: Flow): string;

  /** Told of what flows send; what arrives is told by the receiver itself. */
  readonly observer?: TransportObserver | undefined;
}

export interface Transport {
  /** Filled once `bind` has resolved. */
  readonly listeningPoints: readonly ListeningPoint[];

  /**
   * Opens the sockets. What arrives is delivered from then on.
   *
   * @throws {TransportError} naming transport, address, port and cause, when one cannot be bound; none is left open then.
   */
  bind(): Promise<void>;

  /**
   * An open connection to the target, or a new one that is being opened; for
   * UDP, the peer's flow. Undefined when there is no listening point of its IP
   * version, and for WS and WSS, whose connections are opened by clients only.
   */
  connect(target: Target): Flow | undefined;

  /**
   * UDP only: the flow from this listening point to that peer, whether
   * anything came from it or not. A response leaves by the address and port
   * that its request came to (RFC 3581 section 4). Undefined when the
   * listening point is not of this transport.
   */
  flowToPeer?(listeningPoint: ListeningPoint, ip: string, port: number): Flow | undefined;

  /** Connections that there are, those in handshake included. Not for UDP. */
  readonly connectionCount?: number;

  /** UDP only: peers that are remembered. */
  readonly peerCount?: number;

  /** Takes no new connections; those that are open go on. */
  stopListening(): void;

  /** Closes every connection and socket. Resolves when all are closed. */
  close(): Promise<void>;
}
