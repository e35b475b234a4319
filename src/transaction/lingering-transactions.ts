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
}

const LOG_INTERVAL_MS = 10_000;

/** PERF: so many are ended at once that the search for the oldest, among places that are free already, costs little. */
const PART_OF_BOUND = 64;

export class LingeringTransactions {
  private readonly max: number;
  private readonly clock: Clock;
  private readonly logger: Logger;
  /** Oldest first. */
  private readonly transactions = new Set<LingeringTransaction>();
  private endedEarlyCount = 0;
  private lastLogMs = Number.NEGATIVE_INFINITY;

  /** @param max 1 or more. */
  constructor(max: number, clock: Clock, logger: Logger) {
    this.max = max;
    this.clock = clock;
    this.logger = logger;
  }

  get size(): number {
    return this.transactions.size;
  }

  add(transaction: LingeringTransaction): void {
    // SECURITY: whoever is answered fast must not make this server remember without limit.
    if (this.transactions.size >= this.max) {
      this.endOldest(Math.ceil(this.max / PART_OF_BOUND));
    }

    this.transactions.add(transaction);
  }

  delete(transaction: LingeringTransaction): void {
    this.transactions.delete(transaction);
  }

  private endOldest(count: number): void {
    let left = count;

    for (const transaction of this.transactions) {
      if (left-- === 0) {
        break;
      }

      this.endedEarlyCount++;
      transaction.endEarly();
    }

    if (this.logger.isEnabled("debug") && this.clock.now() - this.lastLogMs >= LOG_INTERVAL_MS) {
      this.lastLogMs = this.clock.now();
      this.logger.debug("too many finished transactions: the oldest are ended early", {
        endedEarly: this.endedEarlyCount,
      });
    }
  }
}
