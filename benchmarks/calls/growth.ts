/**
 * Whether a call costs more CPU when more calls are open, or more connections:
 * at an equal rate, with ever more of them. A call is counted while as many
 * end as begin, so that what earlier ones leave behind counts with it.
 */
import { printTable } from "../support/table.ts";
import { type Contender, Server } from "./contender.ts";
import { type LoadResult, runLoad } from "./load.ts";
import { choosePort } from "./port.ts";
import { treeCpuUs } from "./process-usage.ts";
import { openConnections, type RegisteredConnections } from "./registered-connections.ts";
import { startRegistrar } from "./registrar.ts";
import type { Scenario } from "./scenario.ts";
import { median, rangeText, ratioOf } from "./statistics.ts";

/** What a call leaves behind is gone by then. */
const AFTERMATH_SECONDS = 34;
const SETTLE_SECONDS = 2;
/** By how much a call may cost more than with the fewest. */
const LIMIT = 1.1;
/** Calls that stay up for less time would end before they are set up. */
const LEAST_HOLD_MS = 100;

export interface GrowthOptions {
  readonly scenario: Scenario;
  readonly contender: Contender;
  /** Calls a second. */
  readonly rate: number;
  readonly rounds: number;
  /** For how long CPU is counted in a round. */
  readonly seconds: number;
  /** For how long there are calls before; default: until as many end as begin. */
  readonly leadSeconds?: number;
  readonly onProgress: (text: string) => void;
}

/** One size: a server of its own, which takes turns with those of the others. */
interface Size {
  readonly title: string;
  readonly server: Server;
  readonly holdMs?: number;
  readonly cpuUs: number[];
  /** Calls that were up at the end of a round. */
  open: number;
  failed: number;
}

/** With calls that stay up for so long that so many are open at once. */
export async function measureOpenCalls(options: GrowthOptions, counts: readonly number[]): Promise<void> {
  const { scenario, rate, contender } = options;
  const longestMs = (1000 * Math.max(...counts)) / rate;
  const calleePort = choosePort();
  const sizes: Size[] = [];

  try {
    for (const count of counts) {
      const { transport, isOutbound } = scenario;
      const server = await Server.start(contender, {
        ...{ transport, isOutbound, calleePort },
        port: choosePort(),
      });
      const holdMs = Math.max(LEAST_HOLD_MS, Math.round((1000 * count) / rate));

      sizes.push({ ...newSize(`${count} calls open`, server), holdMs });
    }

    await measure(sizes, options, calleePort, longestMs);
  } finally {
    await Promise.all(sizes.map(({ server }) => server.stop()));
  }

  report(`${contender.name}: ${scenario.title}, ${rate} a second, by calls open at once`, sizes);
}

/** With idle WebSocket connections of phones that have registered. */
export async function measureConnections(options: GrowthOptions, counts: readonly number[]): Promise<void> {
  const { scenario, rate, contender } = options;
  await using registrar = await startRegistrar();
  const calleePort = choosePort();
  const sizes: Size[] = [];
  const held: RegisteredConnections[] = [];

  try {
    for (const connections of counts) {
      const wsPort = choosePort();
      const server = await Server.start(contender, {
        ...{ transport: scenario.transport, isOutbound: true, calleePort, wsPort },
        port: choosePort(),
      });

      sizes.push(newSize(`${connections} connections open`, server));
      options.onProgress(`${contender.name}: opening ${connections} connections`);
      held.push(await openConnections({ wsPort, registrarPort: registrar.port, connections }));
    }

    await measure(sizes, options, calleePort, LEAST_HOLD_MS);
  } finally {
    await Promise.all(sizes.map(({ server }) => server.stop()));
    await Promise.all(held.map((connections) => connections[Symbol.asyncDispose]()));
  }

  report(`${contender.name}: ${scenario.title}, ${rate} a second, by idle WebSocket connections`, sizes);
}

function newSize(title: string, server: Server): Size {
  return { title, server, cpuUs: [], open: 0, failed: 0 };
}

async function measure(
  sizes: readonly Size[],
  options: GrowthOptions,
  calleePort: number,
  longestMs: number,
): Promise<void> {
  const lead = options.leadSeconds ?? AFTERMATH_SECONDS + Math.ceil(longestMs / 1000);

  for (let round = 0; round < options.rounds; round++) {
    const order = sizes.map((_, index) => sizes[(index + round) % sizes.length] as Size);

    for (const size of order) {
      const { failed } = await measureRound(size, options, calleePort, lead);

      size.failed += failed;
      options.onProgress(`round ${round + 1} of ${options.rounds}: ${size.title}, ${failed} failed`);
    }
  }
}

async function measureRound(
  size: Size,
  { scenario, rate, seconds }: GrowthOptions,
  calleePort: number,
  lead: number,
): Promise<LoadResult> {
  const { server, holdMs } = size;
  let second = 0;
  let startedAt = 0;
  let cpuAtStart = 0;

  return runLoad({
    ...(holdMs === undefined ? {} : { holdMs }),
    ...{ scenario, server, calleePort, rate },
    callerPort: choosePort(),
    calls: Math.round(rate * (lead + seconds + SETTLE_SECONDS)),
    tracesMessages: false,
    onSecond: (open) => {
      second++;

      if (second === lead) {
        startedAt = performance.now();
        cpuAtStart = treeCpuUs(server.pid);
      } else if (second === lead + seconds) {
        const calls = (rate * (performance.now() - startedAt)) / 1000;

        size.cpuUs.push((treeCpuUs(server.pid) - cpuAtStart) / calls);
        size.open = open;
      }
    },
  });
}

function report(title: string, sizes: readonly Size[]): void {
  const smallest = sizes[0]?.cpuUs ?? [];

  printTable(
    title,
    ["", "us CPU/call", "its range", "to the smallest", "its range", "within a tenth", "calls up", "failed"],
    sizes.map(({ title: name, cpuUs, open, failed }, index) => {
      const ratio = ratioOf(cpuUs, smallest);

      return [
        name,
        median(cpuUs).toFixed(0),
        rangeText(Math.min(...cpuUs), Math.max(...cpuUs), 0),
        ...(index === 0
          ? ["", "", ""]
          : [
              ratio.ofMedians.toFixed(2),
              rangeText(ratio.lowest, ratio.highest, 2),
              ratio.ofMedians <= LIMIT ? "yes" : "no",
            ]),
        String(open),
        String(failed),
      ];
    }),
  );
}
