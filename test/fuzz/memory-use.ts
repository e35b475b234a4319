/** How much memory a parsed message keeps, and how much its parsing uses up on the way. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { MessageParser } from "../../src/message/message-parser.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import { readEverything } from "./exercise-message.ts";

/** A message may use so many times its size. */
export const MEMORY_FACTOR_MAX = 20;
/** With the garbage of parsing it, which the next collection takes back. */
export const ALLOCATION_FACTOR_MAX = 40;
/** Objects have a fixed cost; below this size a message counts as this big. */
export const MEMORY_FLOOR_BYTES = 512;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();

  return heapUsed + external;
}

/** Parses and reads every typed value. */
function use(bytes: Buffer, parser: MessageParser): unknown {
  const result = parser.parseDatagram(bytes);

  if (!(result instanceof ParseFailure)) {
    readEverything(result);
  }

  return result;
}

/** Bytes that one parsed message keeps once garbage is collected, the datagram itself left out. */
export function retainedBytes(bytes: Buffer, parser: MessageParser): number {
  const copies = Math.max(8, Math.min(400, Math.ceil(400_000 / bytes.length)));

  use(bytes, parser);
  collectGarbage();
  const before = usedBytes();
  const kept = Array.from({ length: copies }, () => use(bytes, parser));

  collectGarbage();
  const after = usedBytes();

  return kept.length === copies ? (after - before) / copies : 0;
}

/** Bytes that parsing one message allocates, garbage included: the least of a few tries. */
export function allocatedBytes(bytes: Buffer, parser: MessageParser): number {
  let least = Number.POSITIVE_INFINITY;

  for (let attempt = 0; attempt < 5; attempt++) {
    collectGarbage();
    const before = usedBytes();
    const kept = parser.parseDatagram(bytes);
    const used = usedBytes() - before;

    // A collection in between would make it negative.
    if (kept !== undefined && used > 0) {
      least = Math.min(least, used);
    }
  }

  return least;
}
