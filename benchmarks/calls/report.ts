/** The tables of one scenario at one rate: figures over the rounds, and each round. */
import { printTable } from "../support/table.ts";
import type { Outcome } from "./rounds.ts";
import { median, rangeText, ratioOf, verdictOn } from "./statistics.ts";
import type { Round } from "./track.ts";

const REFERENCE = "kamailio";

export function printOutcomes(title: string, outcomes: readonly Outcome[]): void {
  printTable(
    title,
    [
      ...["", "us CPU/call", "its range", `to ${REFERENCE}`, "its range", "is"],
      ...["setup p50 ms", "p99 ms", "its range", "failed", "resent", "peak MB"],
    ],
    outcomes.map((outcome) => rowOf(outcome, outcomes)),
  );
  printTable(
    "each round: us CPU/call, setup p50 ms / p99 ms, failed",
    ["", ...(outcomes[0]?.rounds ?? []).map((_, index) => String(index + 1))],
    outcomes.map(({ name, rounds }) => [name, ...rounds.map(textOf)]),
  );
}

function rowOf({ name, rounds }: Outcome, outcomes: readonly Outcome[]): string[] {
  const cpuUs = rounds.map((round) => round.cpuUs);
  const p99Ms = rounds.map(({ setupP99Ms }) => setupP99Ms);
  const total = (read: (round: Round) => number): string =>
    String(rounds.reduce((sum, round) => sum + read(round), 0));

  return [
    name,
    median(cpuUs).toFixed(0),
    rangeText(Math.min(...cpuUs), Math.max(...cpuUs), 0),
    ...comparison(name, cpuUs, outcomes),
    median(rounds.map(({ setupP50Ms }) => setupP50Ms)).toFixed(2),
    median(p99Ms).toFixed(2),
    rangeText(Math.min(...p99Ms), Math.max(...p99Ms), 1),
    total(({ failed }) => failed),
    total(({ retransmissions }) => retransmissions),
    megabytes(Math.max(...rounds.map(({ peakMemoryBytes }) => peakMemoryBytes))),
  ];
}

function comparison(name: string, cpuUs: readonly number[], outcomes: readonly Outcome[]): string[] {
  const reference = outcomes.find((outcome) => outcome.name === REFERENCE);

  if (reference === undefined || name === REFERENCE) {
    return ["", "", ""];
  }

  const ratio = ratioOf(
    cpuUs,
    reference.rounds.map((round) => round.cpuUs),
  );

  return [ratio.ofMedians.toFixed(2), rangeText(ratio.lowest, ratio.highest, 2), verdictOn(ratio)];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

function textOf({ cpuUs, setupP50Ms, setupP99Ms, failed }: Round): string {
  return `${cpuUs.toFixed(0)}, ${setupP50Ms.toFixed(2)} / ${setupP99Ms.toFixed(2)}, ${failed}`;
}
