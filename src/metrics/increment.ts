/** One more at that place. Does nothing beyond the end. */
export function increment(counts: Float64Array, index: number): void {
  const count = counts[index];

  if (count !== undefined) {
    counts[index] = count + 1;
  }
}
