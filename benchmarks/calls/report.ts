/** The table of one scenario: medians, and ratios round by round. */
import { printTable } from "../support/table.ts";
import type { Outcome } from "./rounds.ts";

const REFERENCE = "kamailio";
const HEAD = [
  "",
  "us CPU/call",
  "lowest",
  "highest",
  `ratio to ${REFERENCE}`,
  "its range",
  "failed",
  "resent",
];

export function printOutcomes(title: string, outcomes: readonly Outcome[]): void {
  const reference = outcomes.find(({ name }) => name === REFERENCE);

  printTable(
    title,
    [...HEAD, "peak memory, MB"],
    outcomes.map((outcome) => {
      const { name, cpuUs, failed, retransmissions, peakMemoryBytes } = outcome;
      const ratios = reference === undefined ? [] : ratiosOf(outcome, reference);

      return [
        name,
        median(cpuUs).toFixed(0),
        Math.min(...cpuUs).toFixed(0),
        Math.max(...cpuUs).toFixed(0),
        ...(ratios.length === 0 ? ["", ""] : [median(ratios).toFixed(2), rangeOf(ratios)]),
        String(failed),
        String(retransmissions),
        (peakMemoryBytes / 1e6).toFixed(0),
      ];
    }),
  );
}

/** Round by round, since what disturbs one contender in a round disturbs the other as well. */
function ratiosOf(outcome: Outcome, reference: Outcome): number[] {
  return outcome === reference
    ? []
    : outcome.cpuUs.map((cpuUs, round) => cpuUs / (reference.cpuUs[round] ?? Number.NaN));
}

function rangeOf(ratios: readonly number[]): string {
  return `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);

  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
