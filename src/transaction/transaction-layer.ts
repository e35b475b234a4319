/** The transaction layer as the core sees it (RFC 3261 section 17). */
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { ClientTransaction, ClientTransactionUser } from "./client-transaction.ts";

export interface ClientTransactionOptions {
  /** Timer B for INVITE, Timer F for the others, in milliseconds. Default 64*T1. */
  readonly timeoutMs?: number | undefined;
  /** The received request of which this one is a copy; see `originOf`. */
  readonly origin?: SipRequest | undefined;
}

export interface TransactionLayer {
  /**
   * Sends a request in a client transaction of its own. Its topmost Via is
   * this server's, with a branch that no other request has; it must not be
   * edited afterwards. ACK has no transaction: it is sent through its flow.
   */
  sendRequest(
    request: SipRequest,
    flow: Flow,
    user: ClientTransactionUser,
    options?: ClientTransactionOptions,
  ): ClientTransaction;

  /** The `origin` of the client transaction with that branch and method, while it waits for its final response. */
  originOf(branch: string, method: string): SipRequest | undefined;
}
