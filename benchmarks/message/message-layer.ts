/**
 * Parsing; parsing, editing and writing; and typed access, side by side with
 * other parsers in one run: `npm run bench -- message`.
 */
import { compare, type Measurement } from "../support/compare.ts";
import { printTable } from "../support/table.ts";
import { STACKS, type Stack } from "./contenders.ts";
import { SAMPLE_MESSAGES } from "./sample-messages.ts";

const JOBS: ReadonlyMap<string, (stack: Stack, bytes: Buffer) => unknown> = new Map([
  ["parse", (stack, bytes) => stack.parse(bytes)],
  ["parse, insert Via and Record-Route, write", (stack, bytes) => stack.forward(bytes)],
  ["parse, read every core header field", (stack, bytes) => stack.readCoreHeaders(bytes)],
]);

function row(measurement: Measurement, ours: number): string[] {
  const { name, nanoseconds, lowest, highest } = measurement;

  return [
    name,
    (nanoseconds / 1000).toFixed(2),
    `${(lowest / 1000).toFixed(2)} to ${(highest / 1000).toFixed(2)}`,
    (nanoseconds / ours).toFixed(1),
  ];
}

for (const [job, run] of JOBS) {
  for (const [title, bytes] of SAMPLE_MESSAGES) {
    const measurements = compare(
      STACKS.map((stack) => ({ name: stack.name, run: () => run(stack, bytes) })),
      { slices: 11, sliceMs: 50 },
    );
    const ours = measurements[0]?.nanoseconds ?? Number.NaN;

    printTable(
      `${job}: ${title}`,
      ["parser", "median us of CPU", "range", "times oversip"],
      measurements.map((measurement) => row(measurement, ours)),
    );
  }
}
