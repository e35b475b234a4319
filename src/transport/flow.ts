/**
 * A flow is a way to one peer: a UDP 4-tuple or an established connection
 * (RFC 5626 section 2). Everything above the transport layer sends through it.
 */
import type { TransportError } from "../errors/errors.ts";
import type { IpType } from "../util/ip-address.ts";

export type TransportProtocol = "udp" | "tcp" | "tls" | "ws" | "wss";

/** Called at most once, later than the call that it was given to, when a message could not be sent. */
export type SendErrorCallback = (error: TransportError) => void;

export interface Flow {
  readonly transport: TransportProtocol;
  /** True for all but UDP (RFC 3261 section 17: "reliable transport"). */
  readonly isReliable: boolean;
  readonly ipType: IpType;
  readonly localIp: string;
  readonly localPort: number;
  readonly remoteIp: string;
  readonly remotePort: number;
  /** False once the connection is closed. Always true for UDP while its socket is bound. */
  readonly isOpen: boolean;

  /** Sends one whole SIP message. Never throws; a failure reaches `onError`. `bytes` must not be changed afterwards. */
  send(bytes: Uint8Array, onError?: SendErrorCallback): void;
}
