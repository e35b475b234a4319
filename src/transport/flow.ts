/**
 * A flow is a way to one peer: a UDP 4-tuple or an established connection
 * (RFC 5626 section 2). Everything above the transport layer sends through it.
 */
import type { TransportError } from "../errors/errors.ts";
import type { IpType } from "../util/ip-address.ts";
import type { ListeningPoint } from "./listening-point.ts";
import type { SipConnection } from "./sip-connection.ts";
import type { TransportProtocol } from "./transport-protocol.ts";

export type { TransportProtocol };

/** Called at most once, later than the call that it was given to, when a message could not be sent. */
export type SendErrorCallback = (error: TransportError) => void;

/** The same object is the `connection` of user code, which sees only `SipConnection`. */
export interface Flow extends SipConnection {
  /** True for all but UDP (RFC 3261 section 17: "reliable transport"). */
  readonly isReliable: boolean;
  readonly ipType: IpType;
  readonly localIp: string;
  readonly localPort: number;
  /** True of a connection that is not open, but still takes answers to what came by it. */
  readonly takesAnswers?: boolean;

  /**
   * By which address this server is named in what passes this flow. For a
   * connection that this server opened, the listening point of its transport
   * and IP version: its own port is nothing to come back to.
   */
  readonly listeningPoint: ListeningPoint;

  /**
   * Sends one whole SIP message; while the connection is being opened, keeps
   * it until it is open. Never throws; a failure reaches `onError`. `bytes`
   * must not be changed afterwards.
   */
  send(bytes: Uint8Array, onError?: SendErrorCallback): void;

  /** As `send`, of a message with one character a byte. PERF: UDP makes no buffer of it (benchmarks/calls/calls.ts). */
  sendText(text: string, onError?: SendErrorCallback): void;
}
