/** How often those look who watch many connections with one timer. */

/**
 * A quarter of the shortest limit, within bounds; all in milliseconds.
 *
 * @param limitsMs 0 for no limit.
 */
export function watchTickMs(limitsMs: readonly number[], minMs: number, maxMs: number): number {
  const shortestMs = Math.min(...limitsMs.filter((limitMs) => limitMs > 0));

  return Math.min(maxMs, Math.max(minMs, Math.floor(shortestMs / 4)));
}
