/**
 * How much one TCP or TLS peer, and all of them together, may take. SECURITY:
 * each limit bounds memory or time that a peer could otherwise hold for free.
 * Times are kept by a coarse sweep: a limit may come a little late, never early.
 */

export interface StreamLimits {
  /** Connections that clients opened, over all listening points; more are closed at once. Default 65,536. */
  readonly maxConnections: number;
  /** The same for one address; for IPv6, one /64 network, which one host can fill. Default 1,024. */
  readonly maxConnectionsPerAddress: number;
  /** Connections that this server opened. Default 10,000. */
  readonly maxOpenedConnections: number;
  /** TLS handshakes of clients, and PROXY protocol headers, in progress. Default 2,048. */
  readonly maxPendingHandshakes: number;
  /** Bytes waiting to be read by one peer before it is cut off, unless they are one message. Default 1,048,576. */
  readonly maxSendBufferBytes: number;
  /** Length field of a PROXY protocol version 2 header. Default 2,048. */
  readonly maxProxyHeaderBytes: number;
  /** For TCP to connect to a target, in milliseconds. Default 2,000. */
  readonly connectTimeoutMs: number;
  /** For a TLS handshake or a PROXY protocol header, in milliseconds. Default 4,000. */
  readonly handshakeTimeoutMs: number;
  /** For a TLS callback of the user's code to settle, in milliseconds. Default 30,000. */
  readonly callbackTimeoutMs: number;
  /** For a client to send its first whole message (keep-alives are none), in milliseconds, unless its flow token is asked for; 0 for no limit. Default 120,000. */
  readonly firstMessageTimeoutMs: number;
  /** From the first byte of a message to its last, in milliseconds; 0 for no limit. Default 30,000. */
  readonly messageTimeoutMs: number;
  /** Without a byte from the peer, in milliseconds; 0 for no limit. Default 7,200,000. */
  readonly idleTimeoutMs: number;
  /** For a peer to read what is left and to close its side, in milliseconds. Default 5,000. */
  readonly closeTimeoutMs: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = Object.freeze({
  maxConnections: 65_536,
  maxConnectionsPerAddress: 1_024,
  maxOpenedConnections: 10_000,
  maxPendingHandshakes: 2_048,
  maxSendBufferBytes: 1_048_576,
  maxProxyHeaderBytes: 2_048,
  connectTimeoutMs: 2_000,
  handshakeTimeoutMs: 4_000,
  callbackTimeoutMs: 30_000,
  firstMessageTimeoutMs: 120_000,
  messageTimeoutMs: 30_000,
  idleTimeoutMs: 7_200_000,
  closeTimeoutMs: 5_000,
});
