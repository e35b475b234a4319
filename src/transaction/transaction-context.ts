/** What a transaction needs of the layer that it belongs to. */
import type { Logger } from "../log/logger.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { LimitedLog } from "../transport/limited-log.ts";
import type { TransportLayer } from "../transport/transport-layer.ts";
import type { Clock } from "../util/clock.ts";
import type { LingeringTransactions } from "./lingering-transactions.ts";
import type { PendingAnswers } from "./pending-answers.ts";
import type { TimerValues } from "./timer-values.ts";
import type { ToTags } from "./to-tags.ts";
import type { TransactionCounts } from "./transaction-counts.ts";
import type { TableEntry } from "./transaction-table.ts";

export interface TransactionContext {
  readonly clock: Clock;
  readonly timers: TimerValues;
  readonly logger: Logger;
  readonly pendingAnswers: PendingAnswers;
  readonly lingering: LingeringTransactions;
  readonly counts: TransactionCounts;
}

export interface ClientTransactionContext extends TransactionContext {
  /** Sends the CANCEL of an INVITE in a transaction of its own. */
  sendCancel(cancel: SipRequest, flow: Flow): void;
  /** Of the branch that the request is sent with: its place in the table. */
  tableNumberOf(branch: string): number;
  /** The transaction waits no more for its flow to bring a response. */
  clientTransactionAnswered(transaction: FlowBound): void;
  /** The transaction is over, but for what is left in `lingering`; it is to be found no more. */
  forgetClientTransaction(transaction: TableEntry): void;
}

/** A client transaction as it waits for its flow. */
export interface FlowBound {
  readonly flow: Flow;
  flowClosed(): void;
}

export interface ServerTransactionContext extends TransactionContext {
  /** For the lines that peers can cause at will. */
  readonly limitedLog: LimitedLog;
  readonly transport: Pick<TransportLayer, "sendResponse">;
  readonly toTags: ToTags;
  readonly tryingDelayMs: number;
  readonly inviteGuardMs: number;
  /** By which the pending transactions of an address are counted; undefined where they are not. */
  addressKeyOf(flow: Flow): string | undefined;

  /** An ACK that a transaction does not absorb (RFC 6026 section 7.1, Accepted). */
  passAckUp(ack: SipRequest, flow: Flow): void;
  /** The transaction is over, but for what is left in `lingering`; it is to be found no more. */
  forgetServerTransaction(transaction: TableEntry): void;
}
