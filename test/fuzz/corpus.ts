/** What the mutation fuzzer starts from: the torture messages and the ABNF table, in a fixed order. */
import { readdirSync, readFileSync } from "node:fs";
import { ABNF_CASES } from "../unit/message/abnf-cases.ts";

/** Longer cases only slow the fuzzer down. */
const SEED_MAX_BYTES = 4096;

/** Every seed once. */
export function readCorpus(): Buffer[] {
  const torture = ["rfc4475", "rfc5118"].flatMap((folder) => {
    const directory = new URL(`../torture/${folder}/`, import.meta.url);
    const files = readdirSync(directory).filter((file) => file.endsWith(".dat"));

    return files.sort().map((file) => readFileSync(new URL(file, directory)));
  });
  const cases = ABNF_CASES.map(({ bytes }) => bytes);

  return [...torture, ...cases].filter(({ length }) => length > 0 && length <= SEED_MAX_BYTES);
}
