/** Whether a long run stayed flat: its last third beside its first one. */
import { printTable } from "../support/table.ts";
import { median } from "./statistics.ts";

export interface Minute {
  readonly failed: number;
  readonly retransmissions: number;
  readonly setupP50Ms: number;
  readonly setupP99Ms: number;
  /** Microseconds a call. */
  readonly cpuUs: number;
  /** At its end. */
  readonly memoryBytes: number;
  readonly peakBytes: number;
}

interface Criterion {
  readonly name: string;
  readonly read: (minute: Minute) => number;
  readonly digits: number;
  /** By how much the last third may exceed the first one. */
  readonly limit: number;
}

/** Minutes that are a third, at least. */
const LEAST_MINUTES = 3;
const CRITERIA: readonly Criterion[] = [
  { name: "memory, MB", read: ({ memoryBytes }) => memoryBytes / 1e6, digits: 1, limit: 1.1 },
  { name: "peak memory, MB", read: ({ peakBytes }) => peakBytes / 1e6, digits: 1, limit: 1.1 },
  { name: "CPU us/call", read: ({ cpuUs }) => cpuUs, digits: 0, limit: 1.1 },
  { name: "setup p50 ms", read: ({ setupP50Ms }) => setupP50Ms, digits: 2, limit: 1.25 },
  { name: "setup p99 ms", read: ({ setupP99Ms }) => setupP99Ms, digits: 2, limit: 1.25 },
];

/** @returns whether no call failed, and all was flat if it lasted long enough to tell */
export function printVerdict(minutes: readonly Minute[]): boolean {
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0);
  const third = Math.floor(minutes.length / 3);
  const total = `${failed} calls failed in ${minutes.length} minutes`;

  if (minutes.length < LEAST_MINUTES) {
    console.log(`\n${total}; flatness shows from ${LEAST_MINUTES} minutes on`);

    return failed === 0;
  }

  const verdicts = CRITERIA.map((criterion) => {
    const first = median(minutes.slice(0, third).map(criterion.read));
    const last = median(minutes.slice(-third).map(criterion.read));

    return { ...criterion, first, last, isFlat: last <= first * criterion.limit };
  });
  const isFlat = verdicts.every((verdict) => verdict.isFlat);

  printTable(
    "Medians of the first and the last third",
    ["", "first", "last", "ratio", "at most", "flat"],
    verdicts.map(({ name, first, last, digits, limit, isFlat: flat }) => [
      name,
      first.toFixed(digits),
      last.toFixed(digits),
      (last / first).toFixed(2),
      limit.toFixed(2),
      flat ? "yes" : "no",
    ]),
  );
  console.log(`\n${total}; ${isFlat ? "flat" : "not flat"}`);

  return isFlat && failed === 0;
}
