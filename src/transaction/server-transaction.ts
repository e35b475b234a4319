/**
 * A server transaction as the core sees it (RFC 3261 section 17.2). It exists
 * from the arrival of its request on, so that a retransmission never reaches
 * user code while the first run is still going; whether it stays afterwards is
 * decided by `makeStateful`.
 */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";

/** Told what happens to a server transaction. */
export interface ServerTransactionUser {
  /** A CANCEL came (answered already, RFC 3261 section 9.2). Not after a final response. */
  transactionCanceled(cancel: SipRequest): void;

  /** Nobody gave a final response for too long: the transaction gave one itself, and takes no other. Before its end. */
  transactionGivenUp?(): void;

  /** The transaction is over: final response sent and its timers run out, given up, or transport failed for good. Once. */
  transactionTerminated(): void;
}

export interface ServerTransaction {
  /**
   * As received, with the topmost Via fixed up. Nobody edits it: responses are
   * built from it. After the final response, what every response needs of it.
   */
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly isInvite: boolean;

  /** The To tag of responses that this server makes by itself; not to be guessed by a peer. */
  readonly toTag: string;

  /** Undefined until the core sets it, and when there is nothing more to tell. */
  user: ServerTransactionUser | undefined;

  /** `fixNat`: responses go to the source port even without `rport`. */
  responsesToSourcePort: boolean;

  readonly isStateful: boolean;
  readonly isCanceled: boolean;
  /** Whether it is over, with all that lingered of it. */
  readonly isTerminated: boolean;
  /** The final status code sent; undefined before. */
  readonly finalStatusCode: number | undefined;

  /** What every response needs of the request, as `readRequest` takes it. */
  readonly essentialText: string;

  /**
   * Keeps the transaction after the user's code is done, and, for INVITE,
   * sends 100 (RFC 3261 section 17.2.1) unless sent already. False when it was
   * stateful already.
   */
  makeStateful(): boolean;

  /**
   * Sends a response. False when the state forbids it: after a final response
   * only further 2xx of an INVITE pass (RFC 6026 section 8.5), and nothing
   * after the end. Without state, it is sent once and forgotten.
   */
  sendResponse(response: SipResponse): boolean;

  /** The user's code over the request is done: a transaction that is not stateful ends here. */
  userCodeDone(): void;
}
