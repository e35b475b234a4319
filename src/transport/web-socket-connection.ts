/**
 * A WebSocket client's connection as user code sees it.
 */
import type { RefusalHeaders } from "./http-refusal.ts";
import type { SipConnection } from "./sip-connection.ts";

/** A WebSocket client's connection, from its handshake on. */
export interface WebSocketConnection extends SipConnection {
  /** "wss" with TLS. */
  readonly transport: "ws" | "wss";
  /** False once either side began to close. True during the handshake, until it is refused. */
  readonly isOpen: boolean;

  /**
   * Closes the connection with a close frame (1000 by default); before it is
   * open, by dropping it. Of a reason, the first 123 bytes are sent. False when
   * it is closed, or closing, already. Throws `TypeError` for a code that must
   * not be sent (RFC 6455 section 7.4: 1000-1003, 1007-1014, 3000-4999 may).
   */
  close(code?: number, reason?: string): boolean;

  /**
   * Refuses the handshake from within `onConnection`, with 403 by default.
   * False when the client is gone already. Throws `TypeError` or
   * `HeaderValueError` for arguments that must not be written, and
   * `InvalidStateError` when there is no handshake to refuse (any more).
   */
  httpReject(statusCode?: number, reasonPhrase?: string, headers?: RefusalHeaders): boolean;
}
