/**
 * How much one WebSocket peer, and all of them together, may take. SECURITY:
 * each limit bounds memory or time that a peer could otherwise hold for free.
 */

export interface WsLimits {
  /** One WebSocket message, whole or in fragments, in bytes; a larger one closes with 1009. Default 65,536. */
  readonly maxMessageBytes: number;
  /** Request line and headers of the handshake, in bytes; cookies and tokens included. Default 16,384. */
  readonly maxHeaderBytes: number;
  /** Bytes waiting to be read by one peer before it is cut off. Default 1,048,576. */
  readonly maxSendBufferBytes: number;
  /** Length field of a PROXY protocol version 2 header. Default 2,048. */
  readonly maxProxyHeaderBytes: number;
  /** Sockets between accept and upgrade, over all listeners; more are closed at once. Default 2,048. */
  readonly maxPendingHandshakes: number;
  /** From accept to a whole handshake request, TLS and PROXY header included, in milliseconds. Default 10,000. */
  readonly handshakeTimeoutMs: number;
  /** For the user's callbacks of a handshake to settle, in milliseconds. Default 30,000. */
  readonly callbackTimeoutMs: number;
  /** From upgrade to the first whole frame, in milliseconds; 0 for no limit. Default 120,000. */
  readonly firstMessageTimeoutMs: number;
  /** From the first bytes of a frame to its end, in milliseconds; 0 for no limit. Default 30,000. */
  readonly messageTimeoutMs: number;
  /** Without any frame from the peer, in milliseconds; 0 for no limit. Default 7,200,000. */
  readonly idleTimeoutMs: number;
  /** Silence after which a ping is sent, in milliseconds; 0 for no pings. Default 0. */
  readonly pingIntervalMs: number;
  /** For a ping to be answered by any frame before the connection is cut, in milliseconds. Default 20,000. */
  readonly pongTimeoutMs: number;
  /** For the peer to answer a close frame, in milliseconds. Default 5,000. */
  readonly closeTimeoutMs: number;
}

export const DEFAULT_WS_LIMITS: WsLimits = Object.freeze({
  maxMessageBytes: 65_536,
  maxHeaderBytes: 16_384,
  maxSendBufferBytes: 1_048_576,
  maxProxyHeaderBytes: 2_048,
  maxPendingHandshakes: 2_048,
  handshakeTimeoutMs: 10_000,
  callbackTimeoutMs: 30_000,
  firstMessageTimeoutMs: 120_000,
  messageTimeoutMs: 30_000,
  idleTimeoutMs: 7_200_000,
  pingIntervalMs: 0,
  pongTimeoutMs: 20_000,
  closeTimeoutMs: 5_000,
});
