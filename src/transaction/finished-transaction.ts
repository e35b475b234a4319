/**
 * What is left of a transaction once its final response was sent or has come
 * and nothing but retransmissions may follow: INVITE in Accepted (RFC 6026
 * sections 7.1 and 7.2), another request over UDP in Completed (RFC 3261
 * sections 17.1.2.2 and 17.2.2).
 */
import type { Flow } from "../transport/flow.ts";
import type { FinishedBatch, FinishedUser } from "./finished-batch.ts";
import type { TransactionKind } from "./transaction-counts.ts";

/** Who can end it. */
export interface FinishedHolder {
  remove(batch: FinishedBatch, index: number): void;
}

/** PERF: made when one is added or asked for. Once all that end together have ended, it holds nothing of them. */
export class FinishedTransaction {
  private readonly holder: FinishedHolder;
  private readonly batch: FinishedBatch;
  private readonly index: number;

  constructor(holder: FinishedHolder, batch: FinishedBatch, index: number) {
    this.holder = holder;
    this.batch = batch;
    this.index = index;
  }

  get isEnded(): boolean {
    return this.batch.isEnded(this.index);
  }

  /** Undefined some time after its end. */
  get flow(): Flow | undefined {
    return this.batch.flowOf(this.index);
  }

  get responsesToSourcePort(): boolean {
    return this.batch.responsesToSourcePort(this.index);
  }

  /** What may have to be sent again, as was given when it was added. */
  get text(): string {
    return this.batch.textOf(this.index);
  }

  get key(): string {
    return this.batch.keyOf(this.index);
  }

  get user(): FinishedUser | undefined {
    return this.batch.userOf(this.index);
  }

  /** Without effect once it has ended. */
  setUser(user: FinishedUser | undefined): void {
    if (!this.isEnded) {
      this.batch.setUser(this.index, user);
    }
  }

  /** Ends it without telling its user. */
  abandon(): void {
    this.holder.remove(this.batch, this.index);
  }
}

/** As its machine calls the state that it is in. */
export function finishedStateOf(kind: TransactionKind): string {
  return kind === "invite_client" || kind === "invite_server" ? "accepted" : "completed";
}
