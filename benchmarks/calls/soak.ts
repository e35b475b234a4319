/**
 * A long run: calls at a steady rate through one server, with a line for each
 * minute, and whether its figures stayed what they were.
 *
 *     npm run bench -- soak --rate 2000 --minutes 30
 */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { printTable } from "../support/table.ts";
import { Server } from "./contender.ts";
import { kamailio } from "./kamailio.ts";
import { runLoad } from "./load.ts";
import { readName, readNumber, readOptions } from "./options.ts";
import { oversip } from "./oversip.ts";
import { choosePort } from "./port.ts";
import { treeCpuUs, treeMemoryBytes } from "./process-usage.ts";
import { SCENARIO_NAMES, SCENARIOS, type Scenario } from "./scenario.ts";
import { type Minute, printVerdict } from "./soak-verdict.ts";
import { percentile } from "./statistics.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const USAGE = `npm run bench -- soak [options]

  --rate N           calls a second (default 500)
  --minutes N        for how long (default 1)
  --warm-up N        seconds of calls before the first minute (default 20)
  --scenario NAME    ${SCENARIO_NAMES.join(", ")} (default udp)
  --contender NAME   oversip or kamailio (default oversip)
  --minute-length N  seconds of what is called a minute (default 60)`;
const values = readOptions(USAGE, {
  rate: { type: "string", default: "500" },
  minutes: { type: "string", default: "1" },
  "warm-up": { type: "string", default: "20" },
  scenario: { type: "string", default: "udp" },
  contender: { type: "string", default: "oversip" },
  "minute-length": { type: "string", default: "60" },
});
const rate = readNumber("rate", values.rate, 1);
const minuteCount = readNumber("minutes", values.minutes, 1);
const warmUpSeconds = readNumber("warm-up", values["warm-up"]);
const minuteSeconds = readNumber("minute-length", values["minute-length"], 1);
const scenario = chosen("scenario", values.scenario, SCENARIOS);
const contender = chosen("contender", values.contender, [
  oversip({ name: "oversip", packageDirectory: ROOT }),
  kamailio,
]);

function chosen<Named extends { readonly name: string }>(
  option: string,
  text: string,
  all: readonly Named[],
): Named {
  const name = readName(
    option,
    text,
    all.map((one) => one.name),
  );

  return all.find((one) => one.name === name) as Named;
}

async function runMinutes(server: Server, scenario: Scenario, calleePort: number): Promise<Minute[]> {
  const minutes: Minute[] = [];
  const load = (seconds: number, onSecond: () => void): ReturnType<typeof runLoad> =>
    runLoad({
      ...{ scenario, server, calleePort, rate, onSecond },
      callerPort: choosePort(),
      calls: Math.round(rate * seconds),
    });

  await load(warmUpSeconds, () => {});

  for (let minute = 1; minute <= minuteCount; minute++) {
    let peakBytes = 0;
    const cpuBefore = treeCpuUs(server.pid);
    const { calls, failed, retransmissions, setupTimesMs } = await load(minuteSeconds, () => {
      peakBytes = Math.max(peakBytes, treeMemoryBytes(server.pid));
    });

    minutes.push({
      failed,
      retransmissions,
      setupP50Ms: percentile(setupTimesMs, 0.5),
      setupP99Ms: percentile(setupTimesMs, 0.99),
      cpuUs: (treeCpuUs(server.pid) - cpuBefore) / calls,
      memoryBytes: treeMemoryBytes(server.pid),
      peakBytes,
    });
    console.log(`minute ${minute}: ${textOf(minutes.at(-1) as Minute).join(", ")}`);
  }

  return minutes;
}

const HEAD = ["failed", "sent again", "setup p50 ms", "p99 ms", "CPU us/call", "MB", "peak MB"];

function valuesOf(minute: Minute): string[] {
  return [
    String(minute.failed),
    String(minute.retransmissions),
    minute.setupP50Ms.toFixed(2),
    minute.setupP99Ms.toFixed(2),
    minute.cpuUs.toFixed(0),
    (minute.memoryBytes / 1e6).toFixed(1),
    (minute.peakBytes / 1e6).toFixed(1),
  ];
}

function textOf(minute: Minute): string[] {
  return valuesOf(minute).map((value, column) => `${HEAD[column]} ${value}`);
}

execFileSync(resolve(ROOT, "scripts/install-benchmark-tools.sh"), { stdio: "inherit" });

const calleePort = choosePort();
const { transport, isOutbound } = scenario;
const server = await Server.start(contender, { transport, isOutbound, port: choosePort(), calleePort });

try {
  const minutes = await runMinutes(server, scenario, calleePort);

  printTable(
    `${contender.name}: ${scenario.title}, ${rate} a second, by minute`,
    ["", ...HEAD],
    minutes.map((minute, index) => [String(index + 1), ...valuesOf(minute)]),
  );
  process.exitCode = printVerdict(minutes) ? 0 : 1;
} finally {
  await server.stop();
}
