/** Figures of several rounds as one: medians, ranges, percentiles. */

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}

/** @param sorted the lowest first; NaN when there is none */
export function percentile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;

  return below + (above - below) * (position - Math.floor(position));
}

export interface Ratio {
  /** Of the medians of all rounds. */
  readonly ofMedians: number;
  /** Lowest and highest of the ratios round by round: what disturbs one in a round disturbs the other as well. */
  readonly lowest: number;
  readonly highest: number;
}

export function ratioOf(values: readonly number[], reference: readonly number[]): Ratio {
  const ratios = values.map((value, round) => value / (reference[round] ?? Number.NaN));

  return {
    ofMedians: median(values) / median(reference),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  };
}

/** "less", "more", or "open" when the rounds do not agree: no comparison is won then. */
export function verdictOn({ lowest, highest }: Ratio): "less" | "more" | "open" {
  if (highest < 1) {
    return "less";
  }

  return lowest > 1 ? "more" : "open";
}

export function rangeText(lowest: number, highest: number, digits: number): string {
  return `${lowest.toFixed(digits)}-${highest.toFixed(digits)}`;
}
