/**
 * Finished transactions that linger for an equally long time, in the order in
 * which they began to.
 *
 * PERF: those of a moment end together, so that none of them needs a timer of
 * its own (benchmarks/calls/calls.ts).
 */
import type { Clock, ClockTimer, TimerTarget } from "../util/clock.ts";
import { FinishedBatch, type FinishedPart, type FinishedUser } from "./finished-batch.ts";
import { FinishedIndex, indexOf, NO_SLOT } from "./finished-index.ts";
import { FinishedTransaction } from "./finished-transaction.ts";
import type { TransactionKind } from "./transaction-counts.ts";

/**
 * How far apart the first and the last of a batch may begin, hence how much
 * later than its time one may end: in milliseconds, and as a part of the time
 * that it lingers. PERF: each waking of the process for a batch costs as much
 * as a call, or several when the process has nothing else to do
 * (benchmarks/calls/calls.ts).
 */
const MAX_SPAN_MS = 1_000;
const MAX_SPAN_PART = 5;
/** What is later than that ends in the same turn too: long turns must not let them pile up. */
const MAX_LATE_MS = 10;
const LEAST_WAIT_MS = 1;

/** Who is told that one has ended in time, if it has a user; never of those that were abandoned. */
export type OnFinishedEnd = (user: FinishedUser, transaction: FinishedTransaction) => void;

export class FinishedStore implements TimerTarget {
  /** How long they linger. */
  readonly delayMs: number;
  private readonly spanMs: number;
  private readonly clock: Clock;
  private readonly onEnd: OnFinishedEnd;
  private readonly index = new FinishedIndex();
  private byteCount = 0;
  private first: FinishedBatch | undefined = undefined;
  private last: FinishedBatch | undefined = undefined;
  private timer: ClockTimer | undefined = undefined;

  constructor(delayMs: number, clock: Clock, onEnd: OnFinishedEnd) {
    this.delayMs = delayMs;
    this.spanMs = Math.min(MAX_SPAN_MS, delayMs / MAX_SPAN_PART);
    this.clock = clock;
    this.onEnd = onEnd;
  }

  get size(): number {
    return this.index.size;
  }

  /** Of their texts. */
  get usedBytes(): number {
    return this.byteCount;
  }

  /** When the oldest began to linger; undefined when there is none. */
  get oldestMs(): number | undefined {
    return this.first?.startedAtMs;
  }

  /**
   * @param key what tells it from others of its kind and number.
   * @param text what may have to be sent again.
   */
  add(part: FinishedPart, key: string, text: string, user: FinishedUser | undefined): FinishedTransaction {
    const nowMs = this.clock.now();
    const batch = this.batchAt(nowMs);
    const index = batch.add(part, key, text, user);

    this.index.add(batch, index);
    this.byteCount += batch.bytesOf(index);
    batch.expiresAtMs = nowMs + this.delayMs;
    this.timer ??= this.clock.schedule(this.delayMs, this);

    return new FinishedTransaction(this, batch, index);
  }

  /**
   * @param keyOf makes of `from` the key that was given to `add`. PERF: asked
   * only where kind and number are the same, hence hardly ever.
   */
  find<From>(
    kind: TransactionKind,
    tableNumber: number,
    keyOf: (from: From) => string,
    from: From,
  ): FinishedTransaction | undefined {
    const { index } = this;
    let key: string | undefined;

    for (let slot = index.firstSlot(tableNumber); slot !== NO_SLOT; slot = index.nextSlot(slot)) {
      const batch = index.batchOf(slot);
      const at = indexOf(slot);

      if (batch.tableNumberOf(at) === tableNumber && batch.kindOf(at) === kind) {
        key ??= keyOf(from);

        if (batch.keyOf(at) === key) {
          return new FinishedTransaction(this, batch, at);
        }
      }
    }

    return undefined;
  }

  /** Ends one without telling its user. */
  remove(batch: FinishedBatch, index: number): FinishedUser | undefined {
    if (batch.isEnded(index)) {
      return undefined;
    }

    this.index.delete(batch, index);
    this.byteCount -= batch.bytesOf(index);

    return batch.end(index);
  }

  /** Ends the oldest one before its time; false when there is none. */
  endOldest(): boolean {
    while (this.first !== undefined) {
      if (this.endFirst(this.first)) {
        return true;
      }
    }

    return false;
  }

  /** Tells of each that lingers. */
  forEach(callback: (kind: TransactionKind) => void): void {
    for (let batch = this.first; batch !== undefined; batch = batch.next) {
      for (let index = batch.first; index < batch.count; index++) {
        if (!batch.isEnded(index)) {
          callback(batch.kindOf(index));
        }
      }
    }
  }

  /** Forgets all of them. */
  clear(): void {
    this.timer?.cancel();
    this.timer = undefined;

    for (let batch = this.first; batch !== undefined; batch = this.first) {
      for (let index = batch.first; index < batch.count; index++) {
        this.remove(batch, index);
      }

      this.dismiss(batch);
    }
  }

  /** @internal */
  timerExpired(): void {
    let dueMs = this.clock.now();

    try {
      while (this.first !== undefined && this.first.expiresAtMs <= dueMs) {
        this.endBatch(this.first);
        dueMs = this.clock.now() - MAX_LATE_MS;
      }
    } finally {
      // Also when somebody who is told throws: the others are not to be lost with it. And only now: what was added meanwhile is not the next to end.
      this.timer =
        this.first === undefined
          ? undefined
          : this.clock.schedule(Math.max(this.first.expiresAtMs - this.clock.now(), LEAST_WAIT_MS), this);
    }
  }

  private endBatch(batch: FinishedBatch): void {
    while (this.first === batch) {
      this.endFirst(batch);
    }
  }

  /** Ends the next one of the first batch, or the batch when there is none. False when none ended. */
  private endFirst(batch: FinishedBatch): boolean {
    const index = batch.first;

    if (index === batch.count) {
      this.dismiss(batch);

      return false;
    }

    batch.first++;

    if (batch.isEnded(index)) {
      return false;
    }

    const user = this.remove(batch, index);

    if (user !== undefined) {
      this.onEnd(user, new FinishedTransaction(this, batch, index));
    }

    return true;
  }

  /** Takes out the first batch, whose transactions have all ended. */
  private dismiss(batch: FinishedBatch): void {
    this.first = batch.next;

    if (this.first === undefined) {
      this.last = undefined;
    }

    // Whoever holds one of these transactions is not to hold all that came later.
    batch.next = undefined;
    this.index.dismiss(batch);
  }

  private batchAt(nowMs: number): FinishedBatch {
    const last = this.last;

    if (last !== undefined && !last.isFull && nowMs - last.startedAtMs <= this.spanMs) {
      return last;
    }

    const batch = new FinishedBatch(nowMs, last);

    this.index.admit(batch);

    if (last === undefined) {
      this.first = batch;
    } else {
      last.next = batch;
    }

    this.last = batch;

    return batch;
  }
}
