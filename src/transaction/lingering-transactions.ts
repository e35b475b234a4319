/**
 * The transactions that have their final response and only wait for what may
 * come again (Timers D, H, I, J, K, L, M). They refuse nobody: past their
 * bound the oldest are ended before their time.
 */
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";

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
    // SECURITY: whoever is answered fast must not make this server remember without limit.
    if (this.count >= this.max && this.oldest !== undefined) {
      this.endOne(this.oldest);
    }

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

  private endOne(oldest: LingeringTransaction): void {
    this.endedEarlyCount++;
    oldest.endEarly();

    if (this.logger.isEnabled("debug") && this.clock.now() - this.lastLogMs >= LOG_INTERVAL_MS) {
      this.lastLogMs = this.clock.now();
      this.logger.debug("too many finished transactions: the oldest are ended early", {
        endedEarly: this.endedEarlyCount,
      });
    }
  }
}
