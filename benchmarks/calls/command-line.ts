/** What `npm run bench:calls` is asked for. */
import { resolve } from "node:path";
import type { Contender } from "./contender.ts";
import { floor } from "./floor.ts";
import { kamailio } from "./kamailio.ts";
import { readNames, readNumber, readOptions, readPair } from "./options.ts";
import { oversip } from "./oversip.ts";
import { SCENARIO_NAMES, SCENARIOS, type Scenario } from "./scenario.ts";

export const ROOT = resolve(import.meta.dirname, "../..");

/** What is measured; "rounds" is calls side by side. */
export type Mode = "rounds" | "whole" | "highest" | "growth" | "idle";

const USAGE = `npm run bench:calls -- [mode] [options]

Modes, one at a time; without one, CPU, setup time and memory of calls:
  --whole            calls in all scenarios at 500, 1000 and 2000 a second and idle
                     connections, which takes about 40 minutes
  --growth           CPU of a call with ever more calls, and ever more connections, open
  --idle             memory of idle WebSocket connections with their registration
  --highest          highest rate at which no call fails and nothing is sent again

Options:
  --rate LIST        calls a second, such as 500,1000,2000 (default 1000)
  --rounds N         rounds that count (default 5; growth: 3)
  --seconds N        length of a round (default 5; growth: 10)
  --warm-up N        seconds of calls before the rounds (default 40; growth: before each
                     round, default until as many calls end as begin)
  --scenario LIST    ${SCENARIO_NAMES.join(",")} (default: all; highest: udp,tcp; growth: udp)
  --contender LIST   oversip,oversip-node-udp,kamailio,floor (default: all; growth: oversip)
  --open LIST        growth: calls open at once (default 100,1000,10000; 0: not measured)
  --connections LIST growth: connections open (default 1000,10000,20000; 0: not measured);
                     idle: one number (default 10000)
  --other NAME=DIR   another checkout of OverSIP to compare with; may be given again
  --cpu-prof DIR     let OverSIP write CPU profiles there
`;

const values = readOptions(USAGE, {
  whole: { type: "boolean", default: false },
  highest: { type: "boolean", default: false },
  growth: { type: "boolean", default: false },
  idle: { type: "boolean", default: false },
  rate: { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  "warm-up": { type: "string" },
  scenario: { type: "string" },
  contender: { type: "string" },
  open: { type: "string" },
  connections: { type: "string" },
  other: { type: "string", multiple: true, default: [] },
  "cpu-prof": { type: "string" },
});

export const mode: Mode =
  (["whole", "highest", "growth", "idle"] as const).find((name) => values[name]) ?? "rounds";

export function numberOf(name: "rounds" | "seconds" | "warm-up", otherwise: number): number {
  const text = values[name];

  return text === undefined ? otherwise : readNumber(name, text);
}

/** The lowest first. */
export function numbersOf(name: "rate" | "open" | "connections", otherwise: readonly number[]): number[] {
  const numbers = values[name]?.split(",").map((text) => readNumber(name, text)) ?? [...otherwise];

  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

export function isGiven(name: "warm-up"): boolean {
  return values[name] !== undefined;
}

/** @param otherwise their names; default: all */
export function scenarios(otherwise?: readonly string[]): Scenario[] {
  const names =
    values.scenario === undefined ? otherwise : readNames("scenario", values.scenario, SCENARIO_NAMES);

  return SCENARIOS.filter(({ name }) => names?.includes(name) ?? true);
}

/** @param otherwise their names; default: all */
export function contenders(otherwise?: readonly string[]): Contender[] {
  const profile = values["cpu-prof"];
  const nodeOptions = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`];
  const known: Contender[] = [
    oversip({ name: "oversip", packageDirectory: ROOT, nodeOptions }),
    oversip({
      name: "oversip-node-udp",
      packageDirectory: ROOT,
      nodeOptions,
      core: ["udp_batching: no"],
    }),
    kamailio,
    floor,
  ];
  const names =
    values.contender === undefined
      ? otherwise
      : readNames(
          "contender",
          values.contender,
          known.map(({ name }) => name),
        );
  const others = values.other.map((text) => {
    const [name, packageDirectory] = readPair("other", text);

    return oversip({ name, packageDirectory, nodeOptions });
  });

  return [...others, ...known.filter(({ name }) => names?.includes(name) ?? true)];
}
