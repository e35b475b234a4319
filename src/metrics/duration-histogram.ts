/**
 * Durations in buckets, as Prometheus wants them. PERF: one that was measured
 * costs two increments of numbers that are there already; what prom-client
 * brings looks its labels up each time.
 */
import { increment } from "./increment.ts";

/** Upper bounds, in seconds: from code that decides at once to code that awaits a call which rings. */
export const DURATION_BUCKETS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
  180,
];

export class DurationHistogram {
  /** The last one is of what exceeds every bound. */
  readonly #counts = new Float64Array(DURATION_BUCKETS.length + 1);
  #sum = 0;

  /** In seconds. */
  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  observe(seconds: number): void {
    let index = 0;

    while (index < DURATION_BUCKETS.length && seconds > (DURATION_BUCKETS[index] ?? 0)) {
      index++;
    }

    increment(this.#counts, index);
    this.#sum += seconds;
  }

  /** For each bound, how many durations did not exceed it; `undefined` is no bound. */
  cumulativeCounts(): readonly { readonly bound: number | undefined; readonly count: number }[] {
    let total = 0;

    return Array.from(this.#counts, (count, index) => {
      total += count;

      return { bound: DURATION_BUCKETS[index], count: total };
    });
  }
}
