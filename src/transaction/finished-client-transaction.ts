/**
 * What is left of a client transaction once its final response has come and
 * was passed up: INVITE in Accepted, where more 2xx may come (RFC 6026 section
 * 7.2), another request over UDP in Completed, which absorbs repeated
 * responses (RFC 3261 section 17.1.2.2). It stands in the table in place of
 * the transaction.
 *
 * PERF: see `finished-server-transaction.ts`.
 */
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import type { ClientTransactionUser } from "./client-transaction.ts";
import type { FinishedTransaction } from "./finished-queue.ts";
import type { ClientTransactionContext } from "./transaction-context.ts";
import type { TransactionKind } from "./transaction-counts.ts";
import type { TableEntry } from "./transaction-table.ts";

/** What tells the responses of a client transaction from others. */
export interface ClientTransactionKey extends TableEntry {
  /** Of the Via that it was sent with. */
  readonly branch: string;
  readonly method: string;
  readonly sentByHost: string;
  readonly sentByPort: number | undefined;
  readonly cseq: number;
  readonly callId: string;
  readonly flow: Flow;
}

export class FinishedClientTransaction implements ClientTransactionKey, FinishedTransaction {
  readonly branch: string;
  readonly method: string;
  readonly sentByHost: string;
  readonly sentByPort: number | undefined;
  readonly cseq: number;
  readonly callId: string;
  readonly flow: Flow;
  readonly tableNumber: number;
  isEnded = false;
  nextInTable: TableEntry | undefined = undefined;
  nextFinished: FinishedTransaction | undefined = undefined;
  private user: ClientTransactionUser;
  private readonly context: ClientTransactionContext;

  constructor(key: ClientTransactionKey, user: ClientTransactionUser, context: ClientTransactionContext) {
    this.branch = key.branch;
    this.method = key.method;
    this.sentByHost = key.sentByHost;
    this.sentByPort = key.sentByPort;
    this.cseq = key.cseq;
    this.callId = key.callId;
    this.flow = key.flow;
    this.tableNumber = key.tableNumber;
    this.user = user;
    this.context = context;
  }

  get kind(): TransactionKind {
    return this.method === "INVITE" ? "invite_client" : "non_invite_client";
  }

  /** As its machine calls it. */
  get state(): string {
    return this.method === "INVITE" ? "accepted" : "completed";
  }

  /** Nothing waits for an answer any more. */
  get origin(): undefined {
    return undefined;
  }

  receiveResponse(response: SipResponse, flow: Flow): void {
    const { statusCode } = response;

    if (this.method !== "INVITE" || statusCode < 200 || statusCode > 299) {
      return;
    }

    const { user } = this;

    try {
      user.receiveResponse(response, flow);
      this.user = user.successor ?? user;
    } catch (error) {
      this.logUserError(error);
    }
  }

  /** Ends without telling its user. */
  abandon(): void {
    if (!this.isEnded) {
      this.isEnded = true;
      this.context.lingering.noteEnd();
      this.context.forgetClientTransaction(this);
    }
  }

  end(): void {
    if (this.isEnded) {
      return;
    }

    this.abandon();

    try {
      this.user.transactionTerminated();
    } catch (error) {
      this.logUserError(error);
    }
  }

  private logUserError(error: unknown): void {
    const { callId, method, flow } = this;

    this.context.logger.crit(error, { callId, method, peer: flow.remoteDescription });
  }
}
