/**
 * What a call costs OverSIP, Kamailio and a program that only passes packets
 * on, over loopback with sipp: `npm run bench:calls -- --help`.
 */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { contenders, mode, numberOf, numbersOf, ROOT, scenarios } from "./command-line.ts";
import { findHighest } from "./highest.ts";
import { printOutcomes } from "./report.ts";
import { measure } from "./rounds.ts";

const ROUNDS = 5;
const SECONDS = 5;
const WARM_UP_SECONDS = 20;
const RATE = 1000;
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

execFileSync(resolve(ROOT, "scripts/install-benchmark-tools.sh"), { stdio: "inherit" });

if (mode === "highest") {
  await measureHighest();
} else {
  await measureRounds(numbersOf("rate", mode === "whole" ? WHOLE_RATES : [RATE]));
}
