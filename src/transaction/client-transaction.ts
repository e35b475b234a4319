/** A client transaction as the core sees it (RFC 3261 section 17.1). */
import type { TransportError } from "../errors/errors.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";

/** Told what happens to a client transaction. */
export interface ClientTransactionUser {
  /**
   * A response: provisional ones (100 included), the final one, and for INVITE
   * every 2xx, retransmissions included (RFC 6026 section 8.4). A
   * non-2xx final response was acknowledged already.
   */
  receiveResponse(response: SipResponse, flow: Flow): void;

  /** Timer B or F: no final response, for INVITE no response at all, in time. Once, and instead of a final response. */
  transactionTimedOut(): void;

  /** The request could not be sent, or its connection was lost while a response was waited for. As above. */
  transportFailed(error: TransportError): void;

  /** The transaction is over. Once, and last. */
  transactionTerminated(): void;

  /**
   * Whether the end means nothing to this user: then it is not told of it, and
   * not held, after a final response that is the last one (all but a 2xx to
   * INVITE). Default false.
   */
  readonly ignoresEnd?: boolean;

  /** Who takes its place after a 2xx to INVITE; asked for when it was told of that. Default: nobody. */
  readonly successor?: ClientTransactionUser | undefined;
}

export interface ClientTransaction {
  readonly flow: Flow;
  /** Status of the last response; undefined before the first. */
  readonly lastStatusCode: number | undefined;
  readonly isTerminated: boolean;

  /**
   * Cancels an INVITE (RFC 3261 section 9.1): sends CANCEL now, or at the
   * first provisional response; when 64*T1 later there is still no final
   * response, the transaction times out. Does nothing after a final response or
   * for another method.
   *
   * @param extraHeaders lines `Name: value` for the CANCEL, such as Reason (RFC 3326).
   */
  cancel(extraHeaders?: readonly string[]): void;

  /** Ends the transaction at once without telling its user; later responses are stray. */
  abandon(): void;
}
