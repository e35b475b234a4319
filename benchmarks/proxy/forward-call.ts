/**
 * CPU of whole calls through transactions, proxy core and user code, without
 * sockets: INVITE, 100, 180, 200, ACK, BYE, 200. Prints microseconds a call.
 */
import { call } from "../support/memory-calls.ts";

const WARM_UP_CALLS = 5_000;
const CALLS = 30_000;

for (let i = 0; i < WARM_UP_CALLS; i++) {
  call(i);
}

const before = process.cpuUsage();
const startedAt = performance.now();

for (let i = 0; i < CALLS; i++) {
  call(WARM_UP_CALLS + i);
}

const { user, system } = process.cpuUsage(before);

console.log(
  `${((user + system) / CALLS).toFixed(1)} us of CPU a call, ${((1000 * (performance.now() - startedAt)) / CALLS).toFixed(1)} us of time`,
);
process.exit(0);
