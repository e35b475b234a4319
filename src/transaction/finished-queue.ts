/**
 * Finished transactions that linger for an equally long time, in the order in
 * which they began to.
 *
 * PERF: those of a moment end together, so that none of them needs a timer of
 * its own: they are most of what a busy server keeps in its memory
 * (benchmarks/proxy/finished-call-memory.ts).
 */
import type { Clock, ClockTimer, TimerTarget } from "../util/clock.ts";

/** What is left of a transaction that waits for what may come again. */
export interface FinishedTransaction {
  /** For the queue alone. */
  nextFinished: FinishedTransaction | undefined;
  /** Ended otherwise: the queue only forgets it. */
  readonly isEnded: boolean;
  end(): void;
}

/**
 * How far apart the first and the last of a batch may begin, as a part of the
 * time that they linger. PERF: each waking of the process for a batch costs as
 * much as a call (benchmarks/calls/calls.ts).
 */
const SPAN_PART = 32;
/** How many end in one turn of the event loop, which takes less than a millisecond. */
const BATCH_SIZE = 256;
/** What is later than that ends in the same turn too: long turns must not let them pile up. */
const MAX_LATE_MS = 10;
const LEAST_WAIT_MS = 1;

/** Those that end together, when the last one's time is over. */
class Batch {
  readonly startedAtMs: number;
  expiresAtMs = 0;
  first: FinishedTransaction | undefined = undefined;
  last: FinishedTransaction | undefined = undefined;
  /** How many were added. */
  count = 0;
  next: Batch | undefined = undefined;

  constructor(startedAtMs: number) {
    this.startedAtMs = startedAtMs;
  }
}

export class FinishedQueue implements TimerTarget {
  private readonly delayMs: number;
  private readonly spanMs: number;
  private readonly clock: Clock;
  private first: Batch | undefined = undefined;
  private last: Batch | undefined = undefined;
  private timer: ClockTimer | undefined = undefined;

  /** @param delayMs how long they linger. */
  constructor(delayMs: number, clock: Clock) {
    this.delayMs = delayMs;
    this.spanMs = delayMs / SPAN_PART;
    this.clock = clock;
  }

  /** When the oldest began to linger; undefined when there is none. */
  get oldestMs(): number | undefined {
    return this.first?.startedAtMs;
  }

  add(transaction: FinishedTransaction): void {
    const nowMs = this.clock.now();
    const batch = this.batchAt(nowMs);

    if (batch.last === undefined) {
      batch.first = transaction;
    } else {
      batch.last.nextFinished = transaction;
    }

    batch.last = transaction;
    batch.count++;
    batch.expiresAtMs = nowMs + this.delayMs;
    this.timer ??= this.clock.schedule(this.delayMs, this);
  }

  /** Ends the oldest one before its time. */
  endOldest(): void {
    while (this.first !== undefined) {
      const transaction = this.takeFirst(this.first);

      if (transaction !== undefined && !transaction.isEnded) {
        transaction.end();

        return;
      }
    }
  }

  /** Forgets all of them. */
  clear(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.first = undefined;
    this.last = undefined;
  }

  /** @internal */
  timerExpired(): void {
    let dueMs = this.clock.now();

    this.timer = undefined;

    try {
      while (this.first !== undefined && this.first.expiresAtMs <= dueMs) {
        this.endBatch(this.first);
        dueMs = this.clock.now() - MAX_LATE_MS;
      }
    } finally {
      // Also when somebody who is told throws: the others are not to be lost with it.
      if (this.first !== undefined) {
        this.timer ??= this.clock.schedule(
          Math.max(this.first.expiresAtMs - this.clock.now(), LEAST_WAIT_MS),
          this,
        );
      }
    }
  }

  private endBatch(batch: Batch): void {
    while (this.first === batch) {
      const transaction = this.takeFirst(batch);

      if (transaction?.isEnded === false) {
        transaction.end();
      }
    }
  }

  private batchAt(nowMs: number): Batch {
    let batch = this.last;

    if (batch === undefined || batch.count === BATCH_SIZE || nowMs - batch.startedAtMs > this.spanMs) {
      batch = new Batch(nowMs);

      if (this.last === undefined) {
        this.first = batch;
      } else {
        this.last.next = batch;
      }

      this.last = batch;
    }

    return batch;
  }

  /** The next one of the first batch, which it leaves; undefined when the batch is done with. */
  private takeFirst(batch: Batch): FinishedTransaction | undefined {
    const transaction = batch.first;

    if (transaction === undefined) {
      this.first = batch.next;

      if (this.first === undefined) {
        this.last = undefined;
      }
    } else {
      batch.first = transaction.nextFinished;
      transaction.nextFinished = undefined;

      if (batch.first === undefined) {
        batch.last = undefined;
      }
    }

    return transaction;
  }
}
