/** The connection that a message came on, as user code sees it. */
import type { IpType } from "../util/ip-address.ts";
import type { TransportProtocol } from "./transport-protocol.ts";

/** The connection that a message came on; for UDP, what stands for the peer's address and port. */
export interface SipConnection {
  /** What the connection is over. */
  readonly transport: TransportProtocol;
  /** Family of `remoteIp`. */
  readonly remoteIpType: IpType;
  /** Address of the peer without brackets, as the PROXY protocol tells it behind a TLS terminator. */
  readonly remoteIp: string;
  /** Port of the peer. */
  readonly remotePort: number;
  /** Such as "192.0.2.1:5060" or "[2001:db8::1]:5060". */
  readonly remoteDescription: string;

  /**
   * Variables of the user's code: one object for each connection, for UDP one
   * for each peer address and port, forgotten after a time of silence. Has no
   * prototype.
   */
  readonly cvars: Record<string, unknown>;

  /** False once the connection is closed. Always true for UDP while its socket is bound. */
  readonly isOpen: boolean;

  /** Whether this server opened the connection; false for UDP. */
  readonly isOpenedByServer: boolean;

  /**
   * For a TLS connection that this server opened, the domain it was opened for, in lower case and without a dot at its
   * end: what `tls.getSipIdentities` of the peer's certificate has to have (RFC 5922 section 7.3). Undefined for all
   * others, and when the destination was an address.
   */
  readonly domain?: string | undefined;

  /**
   * The token by which Route and Path lead back to this connection (RFC 5626 section 5.2). Who reads it is going to send
   * requests that way: a client that has sent no SIP itself is not closed for that any more (`first_message_timeout`).
   */
  readonly flowToken: string;

  /** Closes the connection: true unless it was closed already; for UDP, which has none, does nothing and returns false. */
  close(): boolean;
}
