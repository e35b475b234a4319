/**
 * A WebSocket client's connection as user code sees it.
 */
import type { IpType } from "../util/ip-address.ts";
import type { RefusalHeaders } from "./http-refusal.ts";

export interface WebSocketConnection {
  readonly transport: "ws" | "wss";
  readonly remoteIpType: IpType;
  /** Address of the client, as the PROXY protocol tells it behind a tunnel. */
  readonly remoteIp: string;
  readonly remotePort: number;
  /** Such as "192.0.2.1:5060" or "[2001:db8::1]:5060". */
  readonly remoteDescription: string;
  /** Variables of the user's code, one object for each connection. Has no prototype. */
  readonly cvars: Record<string, unknown>;
  /** False once either side began to close. True during the handshake, until it is refused. */
  readonly isOpen: boolean;
  /** The token by which Route and Path lead back to this connection (RFC 5626 section 5.2). */
  readonly flowToken: string;

  /**
   * Closes the connection with a close frame (1000 by default); before it is
   * open, by dropping it. Of a reason, the first 123 bytes are sent. Does
   * nothing when closed already. Throws `TypeError` for a code that must not
   * be sent (RFC 6455 section 7.4: 1000-1003, 1007-1014, 3000-4999 may).
   */
  close(code?: number, reason?: string): void;

  /**
   * Refuses the handshake from within `onConnection`, with 403 by default.
   * False when the client is gone already. Throws `TypeError` or
   * `HeaderValueError` for arguments that must not be written, and
   * `InvalidStateError` when there is no handshake to refuse (any more).
   */
  httpReject(statusCode?: number, reasonPhrase?: string, headers?: RefusalHeaders): boolean;
}
