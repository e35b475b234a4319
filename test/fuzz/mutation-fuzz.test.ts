import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../src/message/message-parser.ts";
import { request } from "../support/message-bytes.ts";
import { readCorpus } from "./corpus.ts";
import {
  ALLOCATION_FACTOR_MAX,
  allocatedBytes,
  MEMORY_FACTOR_MAX,
  MEMORY_FLOOR_BYTES,
  retainedBytes,
} from "./memory-use.ts";
import {
  type FuzzReport,
  findProblem,
  formatFinding,
  fuzzMutations,
  fuzzTruncations,
} from "./mutation-fuzzer.ts";

/** CI wants the same run each time; `npm run fuzz` takes any seed. */
const SEED = 20261124;
const SECONDS = 6;

function assertNoFindings({ findings }: FuzzReport): void {
  if (findings.length > 0) {
    assert.fail(`${findings.length} findings\n\n${findings.slice(0, 3).map(formatFinding).join("\n\n")}`);
  }
}

/** Large messages of one repeated thing each, where a quadratic step or a heavy index would show. */
const AMPLIFIERS: ReadonlyArray<readonly [name: string, bytes: Buffer]> = [
  ["Via parameters", request({ replace: { Via: `Via: SIP/2.0/UDP h${";a=b".repeat(1500)}` } })],
  ["Via values", request({ replace: { Via: `Via: ${Array<string>(400).fill("SIP/2.0/UDP h").join(",")}` } })],
  ["Route values", request({ extra: [`Route: ${Array<string>(500).fill("<sip:h;lr>").join(",")}`] })],
  ["option tags", request({ extra: [`Supported: ${Array<string>(3000).fill("a").join(",")}`] })],
  ["commas", request({ extra: [`Supported: ${",".repeat(6000)}`] })],
  ["header lines", request({ extra: Array<string>(200).fill(`X-Header: ${"v".repeat(30)}`) })],
  ["short header lines", request({ extra: Array<string>(200).fill("a:") })],
  ["folds", request({ extra: [`Subject: a${"\r\n b".repeat(1500)}`] })],
  ["quoted pairs", request({ replace: { From: `From: "${'\\"'.repeat(3000)}" <sip:a@b>;tag=x` } })],
  ["display name tokens", request({ replace: { From: `From: ${"a ".repeat(3000)}<sip:a@b>;tag=x` } })],
  ["escapes in the Request-URI", request({ startLine: `INVITE sip:${"%41".repeat(1000)}@h SIP/2.0` })],
  ["Request-URI parameters", request({ startLine: `INVITE sip:h${";a=b".repeat(700)} SIP/2.0` })],
  ["white space", request({ replace: { Via: `Via:${" ".repeat(6000)}SIP/2.0/UDP h` } })],
  ...["Proxy-Require", "Require", "Supported", "Reason", "Route", "Contact", "Subject", "X-Unknown"].map(
    (name) => [`white space in ${name}`, request({ extra: [`${name}: a${" ".repeat(60_000)}b`] })] as const,
  ),
  ...["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Via", "Content-Length"].map(
    (name) =>
      [
        `white space in ${name}`,
        request({ replace: { [name]: `${name}: a${" \t".repeat(30_000)};tag${" ".repeat(1000)}b` } }),
      ] as const,
  ),
  [
    "white space after parameters",
    request({ replace: { From: `From: <sip:a@b>;x;tag=a${" ".repeat(60_000)};y` } }),
  ],
  ["open brackets", request({ extra: [`Route: ${"<".repeat(6000)}`] })],
  ["open quotes", request({ extra: [`Contact: ${'"'.repeat(6001)}`] })],
  ["a body", request({ replace: { "Content-Length": "l: 50000" }, body: "x".repeat(50_000) })],
  ["leading line ends", request({ prefix: "\r\n".repeat(20_000) })],
];

describe("Mutation fuzzer", () => {
  it("mutations give typed results, stable writing and the same stream events, each within 50 ms", () => {
    const report = fuzzMutations(SEED, SECONDS);

    assertNoFindings(report);
    assert.ok(report.messages > 500, `only ${report.messages} messages in ${SECONDS} s`);
  });

  it("every seed cut off at every byte gives typed results", () => {
    assertNoFindings(fuzzTruncations());
  });
});

describe("Large messages of one repeated thing", () => {
  const parser = new MessageParser();

  for (const [name, bytes] of AMPLIFIERS) {
    it(`${name}: within 50 ms and 20 times the size in memory`, () => {
      assert.equal(findProblem(bytes, parser, 1), undefined);
      const limit = MEMORY_FACTOR_MAX * bytes.length;
      const retained = retainedBytes(bytes, parser);
      const allocated = allocatedBytes(bytes, parser);

      assert.ok(retained <= limit, `keeps ${(retained / bytes.length).toFixed(1)} times its size`);
      assert.ok(
        allocated <= ALLOCATION_FACTOR_MAX * bytes.length,
        `allocates ${(allocated / bytes.length).toFixed(1)} times its size`,
      );
    });
  }
});

describe("Memory of ordinary messages", () => {
  it("no seed keeps more than 20 times its size", () => {
    const parser = new MessageParser();
    const heavy = readCorpus()
      .map((bytes) => ({
        bytes,
        factor: retainedBytes(bytes, parser) / Math.max(bytes.length, MEMORY_FLOOR_BYTES),
      }))
      .filter(({ factor }) => factor > MEMORY_FACTOR_MAX)
      .map(({ bytes, factor }) => `${factor.toFixed(1)} times: ${JSON.stringify(bytes.toString("latin1"))}`);

    assert.deepEqual(heavy, []);
  });
});
