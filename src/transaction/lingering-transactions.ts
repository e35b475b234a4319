/**
 * The transactions that have their final response and only wait for what may
 * come again (Timers D, H, I, J, K, L, M). They refuse nobody: past their
 * bound the oldest are ended before their time, those first of which little is
 * left (`FinishedTransaction`): the others still have something to send.
 */
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";
import { FinishedQueue, type FinishedTransaction } from "./finished-queue.ts";

export interface LingeringTransaction {
  /** As if its last timer had fired. */
  endEarly(): void;
  /** Neighbours in the list; for the list alone. */
  olderLingering: LingeringTransaction | undefined;
  newerLingering: LingeringTransaction | undefined;
  isLingering: boolean;
}

const LOG_INTERVAL_MS = 10_000;

export class LingeringTransactions {
  private readonly max: number;
  private readonly clock: Clock;
  private readonly logger: Logger;
  /** PERF: a list through the transactions themselves; a Set of so many costs more than a timer of each (benchmarks/proxy/forward-call.ts). */
  private oldest: LingeringTransaction | undefined = undefined;
  private newest: LingeringTransaction | undefined = undefined;
  /** By how long they linger: there are three such times. */
  private readonly finished = new Map<number, FinishedQueue>();
  private count = 0;
  private endedEarlyCount = 0;
  private lastLogMs = Number.NEGATIVE_INFINITY;

  /** @param max 1 or more. */
  constructor(max: number, clock: Clock, logger: Logger) {
    this.max = max;
    this.clock = clock;
    this.logger = logger;
  }

  get size(): number {
    return this.count;
  }

  add(transaction: LingeringTransaction): void {
    this.makeRoom();

    transaction.isLingering = true;
    transaction.olderLingering = this.newest;

    if (this.newest === undefined) {
      this.oldest = transaction;
    } else {
      this.newest.newerLingering = transaction;
    }

    this.newest = transaction;
    this.count++;
  }

  /** Without effect when it is not there. */
  delete(transaction: LingeringTransaction): void {
    if (!transaction.isLingering) {
      return;
    }

    const { olderLingering, newerLingering } = transaction;

    if (olderLingering === undefined) {
      this.oldest = newerLingering;
    } else {
      olderLingering.newerLingering = newerLingering;
    }

    if (newerLingering === undefined) {
      this.newest = olderLingering;
    } else {
      newerLingering.olderLingering = olderLingering;
    }

    transaction.olderLingering = undefined;
    transaction.newerLingering = undefined;
    transaction.isLingering = false;
    this.count--;
  }

  /** Keeps what is left of a transaction, and ends it when its time is over. */
  addFinished(transaction: FinishedTransaction, delayMs: number): void {
    let queue = this.finished.get(delayMs);

    if (queue === undefined) {
      queue = new FinishedQueue(delayMs, this.clock);
      this.finished.set(delayMs, queue);
    }

    this.makeRoom();
    this.count++;
    queue.add(transaction);
  }

  /** One of those that `addFinished` was given has ended. */
  noteEnd(): void {
    this.count--;
  }

  /** Forgets those that `addFinished` was given, and their timers. */
  close(): void {
    for (const queue of this.finished.values()) {
      queue.clear();
    }
  }

  /** SECURITY: whoever is answered fast must not make this server remember without limit. */
  private makeRoom(): void {
    if (this.count < this.max) {
      return;
    }

    this.endedEarlyCount++;
    this.endOldest();

    if (this.logger.isEnabled("debug") && this.clock.now() - this.lastLogMs >= LOG_INTERVAL_MS) {
      this.lastLogMs = this.clock.now();
      this.logger.debug("too many finished transactions: the oldest are ended early", {
        endedEarly: this.endedEarlyCount,
      });
    }
  }

  private endOldest(): void {
    const before = this.count;

    while (this.count === before) {
      let queue: FinishedQueue | undefined;
      let oldestMs = Number.POSITIVE_INFINITY;

      for (const candidate of this.finished.values()) {
        if (candidate.oldestMs !== undefined && candidate.oldestMs < oldestMs) {
          queue = candidate;
          oldestMs = candidate.oldestMs;
        }
      }

      if (queue === undefined) {
        this.oldest?.endEarly();

        return;
      }

      queue.endOldest();
    }
  }
}
