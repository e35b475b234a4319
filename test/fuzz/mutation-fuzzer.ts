/**
 * The seeded mutation fuzzer of the message layer. A finding names the seed
 * that makes its bytes again, whatever ran before it.
 */
import { performance } from "node:perf_hooks";
import { MessageParser } from "../../src/message/message-parser.ts";
import { readCorpus } from "./corpus.ts";
import { exerciseBytes } from "./exercise-message.ts";
import { mutant } from "./mutation.ts";

/** No message may take longer to parse, read, edit and write. */
export const MESSAGE_MAX_MS = 50;
/** A slow run counts only when it is slow each time: the machine may have been busy. */
const SLOW_RUNS = 3;

export interface FuzzFinding {
  /** Gives the bytes again: `mutant(seed, readCorpus())`; undefined for a truncation. */
  readonly seed: number | undefined;
  readonly problem: string;
  readonly bytes: Buffer;
}

export interface FuzzReport {
  readonly messages: number;
  readonly findings: readonly FuzzFinding[];
}

/** Fuzzes for so many seconds, from a seed on. Stops early after so many findings. */
export function fuzzMutations(firstSeed: number, seconds: number, findingsMax = 20): FuzzReport {
  const corpus = readCorpus();
  const parser = new MessageParser();
  const findings: FuzzFinding[] = [];

  // The first messages wait for the compiler of JavaScript as well, which on a busy machine takes longer than they may.
  for (const bytes of corpus) {
    findProblem(bytes, parser, firstSeed);
  }

  const endMs = performance.now() + seconds * 1000;
  let seed = firstSeed;

  while (performance.now() < endMs && findings.length < findingsMax) {
    const bytes = mutant(seed, corpus);
    const problem = findProblem(bytes, parser, seed);

    if (problem !== undefined) {
      findings.push({ seed, problem, bytes });
    }
    seed++;
  }

  return { messages: seed - firstSeed, findings };
}

/** Tries each seed of the corpus cut off at every byte. */
export function fuzzTruncations(): FuzzReport {
  const parser = new MessageParser();
  const findings: FuzzFinding[] = [];
  let messages = 0;

  for (const whole of readCorpus().filter(({ length }) => length <= 1300)) {
    for (let length = 0; length < whole.length; length++) {
      const bytes = whole.subarray(0, length);
      const problem = findProblem(bytes, parser, length);

      messages++;
      if (problem !== undefined) {
        findings.push({ seed: undefined, problem, bytes });
      }
    }
  }

  return { messages, findings };
}

/** What is wrong with how these bytes are handled; undefined when nothing is. */
export function findProblem(bytes: Buffer, parser: MessageParser, seed: number): string | undefined {
  let fastestMs = Number.POSITIVE_INFINITY;

  for (let run = 0; run < SLOW_RUNS && fastestMs > MESSAGE_MAX_MS; run++) {
    const startMs = performance.now();

    try {
      exerciseBytes(bytes, parser, seed);
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    fastestMs = Math.min(fastestMs, performance.now() - startMs);
  }

  return fastestMs > MESSAGE_MAX_MS ? `took ${fastestMs.toFixed(0)} ms` : undefined;
}

/** A finding as text: the problem, the seed and the bytes in hexadecimal. */
export function formatFinding({ seed, problem, bytes }: FuzzFinding): string {
  return `${problem}\nseed ${seed ?? "none (a truncation)"}, ${bytes.length} bytes:\n${bytes.toString("hex")}`;
}
