/**
 * What a call costs OverSIP, Kamailio and a program that only passes packets
 * on, over loopback with sipp: `npm run bench:calls -- --help`.
 */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { contenders, isGiven, mode, numberOf, numbersOf, ROOT, scenarios } from "./command-line.ts";
import { largestConnectionCount } from "./file-limit.ts";
import { type GrowthOptions, measureConnections, measureOpenCalls } from "./growth.ts";
import { findHighest } from "./highest.ts";
import { measureIdle } from "./idle.ts";
import { printOutcomes } from "./report.ts";
import { measure } from "./rounds.ts";

const ROUNDS = 5;
const SECONDS = 5;
const WARM_UP_SECONDS = 40;
const RATE = 1000;
const IDLE_CONNECTIONS = 10_000;
const GROWTH_ROUNDS = 3;
const GROWTH_SECONDS = 10;
const GROWTH_CALLS = [100, 1_000, 10_000];
const GROWTH_CONNECTIONS = [1_000, 10_000, 20_000];
const WHOLE_RATES = [500, 1000, 2000];

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function measureRounds(rates: readonly number[]): Promise<void> {
  for (const scenario of scenarios()) {
    await measure({
      scenario,
      rates,
      contenders: contenders(),
      rounds: numberOf("rounds", ROUNDS),
      seconds: numberOf("seconds", SECONDS),
      warmUpSeconds: numberOf("warm-up", WARM_UP_SECONDS),
      onProgress: (text) => progress(`${scenario.name}, ${text}`),
      onOutcomes: (rate, outcomes) => printOutcomes(`${scenario.title}, ${rate} a second`, outcomes),
    });
  }

  console.log("\nNo comparison is called won when the range of its rounds crosses 1: it is open.");
}

async function measureHighest(): Promise<void> {
  for (const scenario of scenarios(["udp", "tcp"])) {
    await findHighest({
      scenario,
      contenders: contenders(),
      rate: numbersOf("rate", [RATE])[0] ?? RATE,
      seconds: numberOf("seconds", SECONDS),
      warmUpSeconds: numberOf("warm-up", WARM_UP_SECONDS),
      onProgress: (text) => progress(`${scenario.name}, ${text}`),
    });
  }
}

async function measureIdleConnections(): Promise<void> {
  await measureIdle({
    contenders: contenders(["oversip", "kamailio"]),
    connections: numbersOf("connections", [IDLE_CONNECTIONS])[0] ?? IDLE_CONNECTIONS,
    onProgress: progress,
  });
}

async function measureGrowth(): Promise<void> {
  const openCalls = numbersOf("open", GROWTH_CALLS);
  const connections = numbersOf("connections", GROWTH_CONNECTIONS).map(largestConnectionCount);

  for (const contender of contenders(["oversip"])) {
    for (const scenario of scenarios(["udp"])) {
      const options: GrowthOptions = {
        ...{ scenario, contender },
        rate: numbersOf("rate", [RATE])[0] ?? RATE,
        rounds: numberOf("rounds", GROWTH_ROUNDS),
        seconds: numberOf("seconds", GROWTH_SECONDS),
        ...(isGiven("warm-up") ? { leadSeconds: numberOf("warm-up", 0) } : {}),
        onProgress: (text) => progress(`${contender.name}, ${scenario.name}, ${text}`),
      };

      if (openCalls.length > 0) {
        await measureOpenCalls(options, openCalls);
      }

      if (connections.length > 0) {
        await measureConnections(options, connections);
      }
    }
  }
}

execFileSync(resolve(ROOT, "scripts/install-benchmark-tools.sh"), { stdio: "inherit" });

switch (mode) {
  case "highest":
    await measureHighest();
    break;
  case "growth":
    await measureGrowth();
    break;
  case "idle":
    await measureIdleConnections();
    break;
  case "whole":
    await measureRounds(numbersOf("rate", WHOLE_RATES));
    await measureIdleConnections();
    break;
  default:
    await measureRounds(numbersOf("rate", [RATE]));
}
