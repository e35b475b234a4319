/**
 * What a finished call keeps while its transactions wait for retransmissions
 * (Timers J, K, L and M): bytes a call, outside of V8's heap too. To be run with --expose-gc.
 */
import { call } from "../support/memory-calls.ts";

const WARM_UP_CALLS = 1_000;
const CALLS = 10_000;

function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();

  const { heapUsed, external } = process.memoryUsage();

  return heapUsed + external;
}

for (let i = 0; i < WARM_UP_CALLS; i++) {
  call(i);
}

// What the calls have queued as promises is not theirs to keep.
await new Promise((resolve) => setImmediate(resolve));

const before = heapBytes();

for (let i = 0; i < CALLS; i++) {
  call(WARM_UP_CALLS + i);
}

await new Promise((resolve) => setImmediate(resolve));

console.log(`${((heapBytes() - before) / CALLS).toFixed(0)} bytes a finished call`);
process.exit(0);
