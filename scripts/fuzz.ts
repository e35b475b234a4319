/**
 * Runs the mutation fuzzer by hand: `npm run fuzz -- --seconds 600 --seed 1`.
 * Prints every finding with its seed and its bytes; exits 1 when there is one.
 */
import { parseArgs } from "node:util";
import { formatFinding, fuzzMutations } from "../test/fuzz/mutation-fuzzer.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);

if (!(seconds > 0) || !Number.isSafeInteger(seed) || seed < 0) {
  console.error("usage: npm run fuzz -- [--seconds N] [--seed N]");
  process.exit(2);
}
console.log(`fuzzing the message layer for ${seconds} s from seed ${seed}`);
const { messages, findings } = fuzzMutations(seed, seconds);

for (const finding of findings) {
  console.log(`\n${formatFinding(finding)}`);
}
console.log(`\n${messages} messages, ${findings.length} findings`);
process.exitCode = findings.length === 0 ? 0 : 1;
