/**
 * Runs the benchmarks, each in a process of its own: all of them, or those
 * whose name contains the argument (`npm run bench -- message`). Further
 * arguments go to the benchmark.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const BENCHMARKS = ["message/message-layer.ts", "transport/idle-connections.ts", "calls/soak.ts"];

const [filter = "", ...words] = process.argv.slice(2);
const chosen = BENCHMARKS.filter((name) => name.includes(filter));

if (chosen.length === 0) {
  console.error(`no benchmark is named like "${filter}"; there are: ${BENCHMARKS.join(", ")}`);
  process.exitCode = 2;
}

for (const name of chosen) {
  console.log(`\n== ${name}`);

  const { status } = spawnSync(process.execPath, ["--expose-gc", join(import.meta.dirname, name), ...words], {
    stdio: "inherit",
  });

  if (status !== 0) {
    process.exitCode = 1;
  }
}
