/**
 * Whole calls over UDP at a steady rate through the sample server.ts, made by
 * sipp: whether any fails, and what each costs the server's process. Exits 1
 * when a call failed.
 *
 *     node benchmarks/calls/soak.ts [calls a second] [seconds]
 */
import { soak } from "../../test/support/sipp-soak.ts";
import { printTable } from "../support/table.ts";
import { treeCpuUs, treeMemoryBytes } from "./process-usage.ts";

const [rate = 500, seconds = 60] = process.argv.slice(2).map(Number);
const MEGABYTE = 1024 * 1024;

const cpuUs: number[] = [];
const memoryBytes: number[] = [];
const { calls, complaint, failed, retransmissions } = await soak({
  rate,
  seconds,
  observe: (pid) => {
    cpuUs.push(treeCpuUs(pid));
    memoryBytes.push(treeMemoryBytes(pid));
  },
});
const used = (cpuUs.at(-1) ?? 0) - (cpuUs[0] ?? 0);
const megabytes = (bytes = 0): string => (bytes / MEGABYTE).toFixed(0);

printTable(
  `${rate} calls a second for ${seconds} s over UDP (7 messages each)`,
  ["calls", "failed", "sent again", "CPU us/call", "MB before", "MB highest", "MB after"],
  [
    [
      String(calls),
      String(failed),
      String(retransmissions),
      (used / calls).toFixed(0),
      megabytes(memoryBytes[0]),
      megabytes(Math.max(...memoryBytes)),
      megabytes(memoryBytes.at(-1)),
    ],
  ],
);

if (complaint !== undefined) {
  console.error(complaint);
  process.exitCode = 1;
}
