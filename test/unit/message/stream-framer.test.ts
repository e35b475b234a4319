import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { everySplit, frame, randomChunks } from "../../support/frame-stream.ts";
import { RFC4475 } from "../../torture/rfc4475/manifest.ts";
import { RFC5118 } from "../../torture/rfc5118/manifest.ts";
import { STREAM_CASES, type StreamEvent } from "./stream-cases.ts";

/** Streams up to this length are tried with every split into two chunks. */
const EVERY_SPLIT_MAX_BYTES = 4000;
/** Streams up to this length are tried byte by byte. */
const BYTE_BY_BYTE_MAX_BYTES = 40_000;

/** Every way of cutting a stream that a case is tried with. */
function* chunkings(bytes: Buffer): Generator<Buffer[]> {
  yield [bytes];
  if (bytes.length <= BYTE_BY_BYTE_MAX_BYTES) {
    yield Array.from({ length: bytes.length }, (_, index) => bytes.subarray(index, index + 1));
  }
  if (bytes.length <= EVERY_SPLIT_MAX_BYTES) {
    yield* everySplit(bytes);
  }
  for (let seed = 1; seed <= 20; seed++) {
    yield randomChunks(bytes, seed);
  }
}

function assertEvents(actual: readonly StreamEvent[], expected: readonly StreamEvent[], label: string): void {
  assert.deepEqual(
    actual.map((event) => event.type),
    expected.map((event) => event.type),
    label,
  );
  expected.forEach((event, index) => {
    assert.deepEqual({ ...actual[index], ...event }, actual[index], `${label}, event ${index}`);
  });
}

describe("StreamFramer", () => {
  for (const streamCase of STREAM_CASES) {
    it(`§18.3 whatever the chunks: ${streamCase.name}`, () => {
      const bytes = Buffer.from(streamCase.bytes, "latin1");
      const whole = frame([bytes]);

      for (const chunks of chunkings(bytes)) {
        const events = frame(chunks);

        assertEvents(events, streamCase.events, describeChunks(chunks));
        assert.deepEqual(events, whole, describeChunks(chunks));
      }
    });
  }
});

describe("StreamFramer, torture messages", () => {
  for (const [folder, manifest] of [
    ["rfc4475", RFC4475],
    ["rfc5118", RFC5118],
  ] as const) {
    for (const { file, section, verdict, stream, messageBytes } of manifest) {
      it(`${folder} §${section} ${file} as a byte stream`, () => {
        const bytes = readFileSync(new URL(`../../torture/${folder}/${file}`, import.meta.url));
        const expected = stream ?? [verdict.kind === "valid" ? "message" : "failure"];
        const whole = frame([bytes]);

        for (const chunks of chunkings(bytes)) {
          assert.deepEqual(frame(chunks), whole, describeChunks(chunks));
        }
        // A message whose end is known is refused by itself; otherwise the stream ends with it.
        const types = whole.map(({ type }) => (type === "refusal" ? "failure" : type));

        if (stream === undefined && (messageBytes !== undefined || whole[0]?.type === "refusal")) {
          // Noise behind the message is refused as soon as it can be no start line; when that is, no RFC says.
          assert.deepEqual(types.slice(0, 1), expected);
          assert.deepEqual(
            types.slice(1).filter((type) => type !== "failure"),
            [],
          );
        } else {
          assert.deepEqual(types, expected);
        }
        if (whole[0]?.type === "message") {
          assert.equal(whole[0].bytes, bytes.toString("latin1", 0, messageBytes ?? bytes.length));
        }
      });
    }
  }
});

function describeChunks(chunks: readonly Buffer[]): string {
  const lengths = chunks.map((chunk) => chunk.length);

  return `chunks of ${lengths.length > 20 ? `${lengths.slice(0, 20)}...` : lengths}`;
}
