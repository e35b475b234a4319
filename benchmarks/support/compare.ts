/**
 * Compares functions that do the same work, in one process and one run: they
 * take turns in short slices, so that a change of the machine's speed meets
 * all of them, and each one's cost is the median of its slices.
 */

export interface Contender {
  readonly name: string;
  /** Does the work once; what it returns is kept alive. */
  readonly run: () => unknown;
}

export interface Measurement {
  readonly name: string;
  /** Median over the slices, in nanoseconds of CPU of this process per call. */
  readonly nanoseconds: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface CompareOptions {
  /** Slices of each contender that count. Default 15. */
  readonly slices?: number;
  /** Length of a slice in milliseconds. Default 100. */
  readonly sliceMs?: number;
  /** Slices before those that count. Default 3. */
  readonly warmUpSlices?: number;
}

let kept: unknown;

/** Nanoseconds of CPU of one call, over about `sliceMs`. */
function measureSlice(contender: Contender, sliceMs: number, batch: number): number {
  const end = performance.now() + sliceMs;
  const before = process.cpuUsage();
  let calls = 0;

  do {
    for (let i = 0; i < batch; i++) {
      kept = contender.run();
    }

    calls += batch;
  } while (performance.now() < end);

  const { user, system } = process.cpuUsage(before);

  return ((user + system) * 1000) / calls;
}

/** Runs the contenders in turn. The result is in their order. */
export function compare(contenders: readonly Contender[], options: CompareOptions = {}): Measurement[] {
  const { slices = 15, sliceMs = 100, warmUpSlices = 3 } = options;
  const samples = contenders.map((): number[] => []);

  for (let slice = 0; slice < warmUpSlices + slices; slice++) {
    contenders.forEach((contender, index) => {
      const nanoseconds = measureSlice(contender, sliceMs, 20);

      if (slice >= warmUpSlices) {
        samples[index]?.push(nanoseconds);
      }
    });
  }

  return contenders.map((contender, index) => {
    const sorted = (samples[index] ?? []).sort((a, b) => a - b);

    return {
      name: contender.name,
      nanoseconds: sorted[Math.floor(sorted.length / 2)] as number,
      lowest: sorted[0] as number,
      highest: sorted[sorted.length - 1] as number,
    };
  });
}

/** What the last call returned; reading it keeps the work from being optimised away. */
export function lastResult(): unknown {
  return kept;
}
