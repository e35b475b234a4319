/**
 * How late the event loop comes to what is due, by a timer that is watched.
 * Not prom-client's: its values have the interval of the timer in them, so
 * that an idle process seems to be 10 ms late, and are no numbers when two
 * scrapes follow one another at once.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

export type Quantile = "0.5" | "0.9" | "0.99" | "1";

const INTERVAL_MS = 10;
const QUANTILES: readonly Quantile[] = ["0.5", "0.9", "0.99", "1"];

export class EventLoopDelay {
  readonly #intervals = monitorEventLoopDelay({ resolution: INTERVAL_MS });
  #last: readonly (readonly [Quantile, number])[] = QUANTILES.map((quantile) => [quantile, 0]);

  constructor() {
    this.#intervals.enable();
  }

  /** Seconds, since this was asked for the last time; the same as then when nothing was measured meanwhile. */
  read(): readonly (readonly [Quantile, number])[] {
    if (this.#intervals.count > 0) {
      this.#last = QUANTILES.map((quantile) => [
        quantile,
        Math.max(this.#intervals.percentile(Number(quantile) * 100) / 1e9 - INTERVAL_MS / 1000, 0),
      ]);
      this.#intervals.reset();
    }

    return this.#last;
  }

  /** Nothing is measured any more. */
  close(): void {
    this.#intervals.disable();
  }
}
