/**
 * How much one WebSocket peer, and all of them together, may take. SECURITY:
 * each limit bounds memory or time that a peer could otherwise hold for free.
 * Times are kept coarsely: a limit may come a little late, never early.
 */

export interface WsLimits {
  /** Connections, in handshake or open, over all listening points; more are closed at once. Default 65,536. */
  readonly maxConnections: number;
  /** The same for one address; for IPv6, one /64 network, which one host can fill. Default 1,024. */
  readonly maxConnectionsPerAddress: number;
  /** Sockets between accept and upgrade, over all listening points; more are closed at once. Default 2,048. */
  readonly maxPendingHandshakes: number;
  /** One WebSocket message, whole or in fragments, in bytes; a larger one closes with 1009. Default 65,536. */
  readonly maxMessageBytes: number;
  /** One WebSocket frame, in bytes; a larger one closes with 1009. Default 65,536. */
  readonly maxFrameBytes: number;
  /** Fragments of a message, and reads in which a frame arrives; more close with 1008. Default 1,024. */
  readonly maxMessagePieces: number;
  /** Request line and headers of the handshake, in bytes; cookies and tokens included. Default 16,384. */
  readonly maxHeaderBytes: number;
  /** Bytes waiting to be read by one peer before it is cut off. Default 1,048,576. */
  readonly maxSendBufferBytes: number;
  /** Length field of a PROXY protocol version 2 header. Default 2,048. */
  readonly maxProxyHeaderBytes: number;
  /**
   * From accept to a whole handshake request, TLS or PROXY header included, in
   * milliseconds; begins again when `onClientTlsHandshake` was waited for.
   * Default 10,000.
   */
  readonly handshakeTimeoutMs: number;
  /** For a callback of the user's code in a handshake to settle, in milliseconds. Default 30,000. */
  readonly callbackTimeoutMs: number;
  /**
   * From upgrade to the first whole SIP message (keep-alives are none), in milliseconds, unless the flow token is asked
   * for; 0 for no limit. Default 120,000.
   */
  readonly firstMessageTimeoutMs: number;
  /** From the first bytes of a message to its end, in milliseconds; 0 for no limit. Default 30,000. */
  readonly messageTimeoutMs: number;
  /** Without a whole message, ping or pong from the peer, in milliseconds; 0 for no limit. Default 7,200,000. */
  readonly idleTimeoutMs: number;
  /** Silence after which a ping is sent, in milliseconds; 0 for no pings. Default 0. */
  readonly pingIntervalMs: number;
  /** For a ping to be answered by anything before the connection is cut, in milliseconds. Default 20,000. */
  readonly pongTimeoutMs: number;
  /** For the peer to answer a close frame, or to read an HTTP refusal, in milliseconds. Default 5,000. */
  readonly closeTimeoutMs: number;
}

export const DEFAULT_WS_LIMITS: WsLimits = Object.freeze({
  maxConnections: 65_536,
  maxConnectionsPerAddress: 1_024,
  maxPendingHandshakes: 2_048,
  maxMessageBytes: 65_536,
  maxFrameBytes: 65_536,
  maxMessagePieces: 1_024,
  maxHeaderBytes: 16_384,
  maxSendBufferBytes: 1_048_576,
  maxProxyHeaderBytes: 2_048,
  handshakeTimeoutMs: 10_000,
  callbackTimeoutMs: 30_000,
  firstMessageTimeoutMs: 120_000,
  messageTimeoutMs: 30_000,
  idleTimeoutMs: 7_200_000,
  pingIntervalMs: 0,
  pongTimeoutMs: 20_000,
  closeTimeoutMs: 5_000,
});
