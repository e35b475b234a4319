/**
 * CPU per call of OverSIP, of Kamailio and of a program that only passes
 * packets on, over loopback with sipp: `npm run bench:calls -- --help`.
 */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Contender, floor, kamailio, oversip } from "./contenders.ts";
import { printOutcomes } from "./report.ts";
import { measure } from "./rounds.ts";
import { SCENARIOS, type Scenario } from "./scenario.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const USAGE = `npm run bench:calls -- [options]
  --rate LIST        calls a second, such as 500,1000,2000 (default 1000)
  --rounds N         rounds that count (default 4)
  --seconds N        length of a round (default 6)
  --scenario LIST    ${SCENARIOS.map(({ name }) => name).join(",")} (default: all)
  --contender LIST   oversip,oversip-unbatched,kamailio,floor (default: all)
  --other NAME=DIR   another checkout of OverSIP to compare with; may be given again
  --cpu-prof DIR     let OverSIP write CPU profiles there
`;

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "1000" },
    rounds: { type: "string", default: "4" },
    seconds: { type: "string", default: "6" },
    scenario: { type: "string", default: SCENARIOS.map(({ name }) => name).join(",") },
    contender: { type: "string", default: "oversip,oversip-unbatched,kamailio,floor" },
    other: { type: "string", multiple: true, default: [] },
    "cpu-prof": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

function contenders(): Contender[] {
  const profile = values["cpu-prof"];
  const nodeOptions = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`];
  const known: Contender[] = [
    oversip({ name: "oversip", packageDirectory: ROOT, nodeOptions }),
    oversip({
      name: "oversip-unbatched",
      packageDirectory: ROOT,
      nodeOptions,
      core: ["udp_batching: no", "tcp_batching: no"],
    }),
    kamailio,
    floor,
  ];
  const names = values.contender.split(",");
  const others = values.other.map((text) => {
    const [name = "", packageDirectory = ""] = text.split("=");

    return oversip({ name, packageDirectory, nodeOptions });
  });

  return [...others, ...known.filter(({ name }) => names.includes(name))];
}

function scenarios(): Scenario[] {
  const names = values.scenario.split(",");

  return SCENARIOS.filter(({ name }) => names.includes(name));
}

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

execFileSync(resolve(ROOT, "scripts/install-benchmark-tools.sh"), { stdio: "inherit" });

for (const rate of values.rate.split(",").map(Number)) {
  for (const scenario of scenarios()) {
    const outcomes = await measure({
      scenario,
      rate,
      contenders: contenders(),
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
      onProgress: (text) => process.stderr.write(`${scenario.name}, ${rate}/s, ${text}\n`),
    });

    printOutcomes(`${scenario.title}, ${rate} a second`, outcomes);
  }
}

console.log("\nNo comparison is called won when the range of its rounds crosses 1.");
