/** Which known name somebody most likely meant. */

/**
 * How many insertions, deletions, replacements and swaps of neighbours turn
 * one text into the other (optimal string alignment).
 */
export function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_unused, index) => index);

  for (let row = 1; row <= from.length; row++) {
    const current = [row];

    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];

      current[column] = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (beforePrevious[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }

    beforePrevious = previous;
    previous = current;
  }

  return previous[to.length] ?? 0;
}

const MAX_COMPARED_LENGTH = 64;

/** The known name with the smallest edit distance, case and dashes aside; the first of several. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.slice(0, MAX_COMPARED_LENGTH).toLowerCase().replaceAll("-", "_");
  let nearest: string | undefined;
  let smallest = Number.POSITIVE_INFINITY;

  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());

    if (distance < smallest) {
      smallest = distance;
      nearest = candidate;
    }
  }

  return nearest;
}
