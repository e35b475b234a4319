/** Cuts byte streams into chunks and collects what a stream framer reports for them. */
import { MessageParser } from "../../src/message/message-parser.ts";
import { StreamFramer } from "../../src/message/stream-framer.ts";
import type { StreamEvent } from "../unit/message/stream-cases.ts";
import { seededRandom } from "./seeded-random.ts";

/** Feeds the chunks to a new framer. What it reports after a failure is reported here as well. */
export function frame(chunks: readonly Buffer[], parser: MessageParser = new MessageParser()): StreamEvent[] {
  const events: StreamEvent[] = [];
  const framer = new StreamFramer(parser, {
    receiveMessage(message) {
      events.push({ type: "message", bytes: message.toBytes().toString("latin1") });
    },
    receiveKeepAlive(kind) {
      events.push({ type: kind });
    },
    receiveRefusal({ disposition, statusCode }) {
      events.push({ type: "refusal", disposition, ...(statusCode === undefined ? {} : { statusCode }) });
    },
    receiveFailure({ disposition, statusCode }) {
      events.push({ type: "failure", disposition, ...(statusCode === undefined ? {} : { statusCode }) });
    },
  });

  for (const chunk of chunks) {
    framer.push(chunk);
  }

  return events;
}

/** Every way of cutting the bytes in two, neither of them empty. */
export function* everySplit(bytes: Buffer): Generator<Buffer[]> {
  for (let index = 1; index < bytes.length; index++) {
    yield [bytes.subarray(0, index), bytes.subarray(index)];
  }
}

/** Chunks of random lengths, some of them empty, the same for the same seed. */
export function randomChunks(bytes: Buffer, seed: number): Buffer[] {
  const random = seededRandom(seed);
  const longest = [3, 40, 500, 9000][random.integer(4)] ?? 3;
  const chunks: Buffer[] = [];
  let offset = 0;

  while (offset < bytes.length) {
    const length = random.integer(longest + 1);

    chunks.push(bytes.subarray(offset, offset + length));
    offset += length;
  }

  return chunks;
}
