/**
 * The client transactions and what becomes of each response that arrives (RFC
 * 3261 section 17.1.3).
 */
import type { Logger } from "../log/logger.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import type { Clock } from "../util/clock.ts";
import { NOBODY } from "./base-client-transaction.ts";
import type { ClientTransactionUser } from "./client-transaction.ts";
import { textOfAnsweredKey } from "./client-transaction-key.ts";
import type { FinishedTransaction } from "./finished-transaction.ts";
import { InviteClientTransaction } from "./invite-client-transaction.ts";
import type { LingeringTransactions } from "./lingering-transactions.ts";
import { NonInviteClientTransaction } from "./non-invite-client-transaction.ts";
import type { PendingAnswers } from "./pending-answers.ts";
import { type TimerValues, transactionTimeoutMs } from "./timer-values.ts";
import type { ClientTransactionContext, FlowBound, TransactionContext } from "./transaction-context.ts";
import type { TransactionCounts, TransactionKind } from "./transaction-counts.ts";
import type { ClientTransactionOptions } from "./transaction-layer.ts";
import { type TableEntry, TransactionTable } from "./transaction-table.ts";

type AnyClientTransaction = InviteClientTransaction | NonInviteClientTransaction;

export class ClientTransactions implements ClientTransactionContext {
  readonly clock: Clock;
  readonly timers: TimerValues;
  readonly logger: Logger;
  readonly pendingAnswers: PendingAnswers;
  readonly lingering: LingeringTransactions;
  readonly counts: TransactionCounts;
  private readonly table = new TransactionTable<AnyClientTransaction>();
  /** Those that wait for a response over a connection, which may be lost. */
  private readonly waitingByFlow = new Map<Flow, Set<FlowBound>>();

  constructor(context: TransactionContext) {
    this.clock = context.clock;
    this.timers = context.timers;
    this.logger = context.logger;
    this.pendingAnswers = context.pendingAnswers;
    this.lingering = context.lingering;
    this.counts = context.counts;
  }

  get size(): number {
    return this.table.size;
  }

  forEachState(callback: (kind: TransactionKind, state: string) => void): void {
    for (const { kind, state } of this.table.values()) {
      callback(kind, state);
    }
  }

  /** A new transaction, which waits for its `start`. */
  begin(
    request: SipRequest,
    flow: Flow,
    user: ClientTransactionUser,
    options?: ClientTransactionOptions,
  ): AnyClientTransaction {
    const timeoutMs = options?.timeoutMs ?? transactionTimeoutMs(this.timers);
    const transaction =
      request.method === "INVITE"
        ? new InviteClientTransaction(request, flow, user, timeoutMs, this)
        : new NonInviteClientTransaction(request, flow, user, timeoutMs, this);

    transaction.origin = options?.origin;
    this.counts.begun[transaction.kind]++;
    this.table.add(transaction);

    if (flow.isReliable) {
      const waiting = this.waitingByFlow.get(flow);

      if (waiting === undefined) {
        this.waitingByFlow.set(flow, new Set([transaction]));
      } else {
        waiting.add(transaction);
      }
    }

    return transaction;
  }

  /** False when the response belongs to no transaction. */
  receive(response: SipResponse, flow: Flow): boolean {
    const via = response.topVia;
    const { branch = "" } = via;
    const transaction = this.table.find(this.table.numberOf(branch), isOf, {
      branch,
      method: response.method,
    });

    if (transaction === undefined) {
      return this.receiveAgain(response, flow);
    }

    if (!isAnswerTo(transaction, response, flow)) {
      return false;
    }

    transaction.receiveResponse(response, flow);

    return true;
  }

  /** For a transaction that had its final response: in Accepted a 2xx goes up (RFC 6026 section 7.2), all else is absorbed. */
  private receiveAgain(response: SipResponse, flow: Flow): boolean {
    const { method, statusCode } = response;
    const isInvite = method === "INVITE";
    const finished = this.lingering.findFinished(
      isInvite ? "invite_client" : "non_invite_client",
      this.table.numberOf(response.topVia.branch ?? ""),
      textOfAnsweredKey,
      response,
    );

    if (finished?.flow?.isReliable !== flow.isReliable) {
      return false;
    }

    if (isInvite && statusCode >= 200 && statusCode <= 299) {
      this.passUpAgain(finished, response, flow);
    }

    return true;
  }

  private passUpAgain(finished: FinishedTransaction, response: SipResponse, flow: Flow): void {
    const { user } = finished;

    if (user === undefined || !("receiveResponse" in user)) {
      return;
    }

    try {
      user.receiveResponse(response, flow);
      finished.setUser(user.successor ?? user);
    } catch (error) {
      const { callId, method } = response;

      this.logger.crit(error, { callId, method, peer: flow.remoteDescription });
    }
  }

  originOf(branch: string, method: string): SipRequest | undefined {
    return this.table.find(this.table.numberOf(branch), isOf, { branch, method })?.origin;
  }

  flowClosed(flow: Flow): void {
    const waiting = this.waitingByFlow.get(flow);

    if (waiting !== undefined) {
      this.waitingByFlow.delete(flow);

      for (const transaction of [...waiting]) {
        transaction.flowClosed();
      }
    }
  }

  sendCancel(cancel: SipRequest, flow: Flow): void {
    // The outcome of a CANCEL concerns nobody: its INVITE gets the answer (RFC 3261 section 9.1).
    this.begin(cancel, flow, NOBODY).start();
  }

  clientTransactionAnswered(transaction: FlowBound): void {
    const waiting = this.waitingByFlow.get(transaction.flow);

    if (waiting?.delete(transaction) && waiting.size === 0) {
      this.waitingByFlow.delete(transaction.flow);
    }
  }

  tableNumberOf(branch: string): number {
    return this.table.numberOf(branch);
  }

  forgetClientTransaction(transaction: TableEntry): void {
    this.table.delete(transaction as AnyClientTransaction);
  }

  close(): void {
    for (const transaction of [...this.table.values()]) {
      transaction.abandon();
    }
  }
}

/**
 * SECURITY: beyond the branch, whatever a true answer repeats must agree. A
 * connection answers what was sent over a connection; over UDP, RFC 3261
 * section 18.1.2 lets an answer come from any address.
 */
function isAnswerTo(transaction: AnyClientTransaction, response: SipResponse, flow: Flow): boolean {
  const returned = response.topVia;

  return (
    flow.isReliable === transaction.flow.isReliable &&
    returned.host === transaction.sentByHost &&
    returned.port === transaction.sentByPort &&
    response.cseq === transaction.cseq &&
    response.callId === transaction.callId
  );
}

/** RFC 3261 section 17.1.3: by the branch and the method of the CSeq. */
function isOf(
  transaction: AnyClientTransaction,
  { branch, method }: { readonly branch: string; readonly method: string },
): boolean {
  return transaction.branch === branch && transaction.method === method;
}
