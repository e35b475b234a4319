/** What the transaction layer delivers upward (RFC 3261 section 5, "transaction user"). The proxy core implements it. */
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { ServerTransaction } from "./server-transaction.ts";

export interface TransactionUser {
  /**
   * A request that began a server transaction: no ACK, no CANCEL, no
   * retransmission. The core calls `userCodeDone` on it when its user's code
   * is done.
   */
  receiveRequest(transaction: ServerTransaction): void;

  /** An ACK that no transaction absorbed: of a 2xx, to be passed on (RFC 3261 section 16). */
  receiveAck(ack: SipRequest, flow: Flow): void;
}
