/**
 * The fast ways through a message (header-scanner.ts, quick-check.ts) against
 * the exact ones that they stand in for, on messages that were broken at
 * random places.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { ControlByteCounter } from "../../../src/message/control-bytes.ts";
import { HeaderScanner } from "../../../src/message/header-scanner.ts";
import { findLineEnd, scanHeaderLines } from "../../../src/message/message-index.ts";
import { topViaOfPlainMessage } from "../../../src/message/quick-check.ts";
import {
  checkCallId,
  checkCoreHeaders,
  checkCSeq,
  checkFromAndTo,
  checkOtherHeaders,
  checkVia,
} from "../../../src/message/sanity-checks.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { parseStartLine } from "../../../src/message/start-line.ts";
import { messageText } from "../../support/message-arbitraries.ts";
import { request } from "../../support/message-bytes.ts";

const MAX_HEADER_COUNT = 64;
const scanner = new HeaderScanner(65_536, MAX_HEADER_COUNT);

/** What breaks plain messages in telling ways: separators, control bytes, letters and digits. */
const BYTES = fc.constantFrom(
  ...'\r\n\t \0\x7f\x80\xff:;,<>@"\\=.-_%09aZz[]/?'.split("").map((c) => c.charCodeAt(0)),
);

/** A plain message of the most usual forms, whose every part is looked at by quick-check.ts. */
const plainText = fc.constantFrom(
  request().toString("latin1"),
  request({
    replace: {
      Via: [
        "Via: SIP/2.0/UDP 192.0.2.1:5062;rport=1024;received=192.0.2.9;branch=z9hG4bK1",
        "Via: SIP/2.0/TLS a-b.example.org;branch=z9hG4bK2;rport, SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK3",
      ],
      From: 'From: "Alice A." <sips:alice;x=1@example.org:5061;lr;ob>;tag=a.b-c',
      To: "To: Bob <sip:example.com;transport=tcp>;tag=t",
    },
    extra: ["Route: <sip:192.0.2.3;lr>", "Route: <sip:p1.example.com:5070;lr>"],
  }).toString("latin1"),
);

const brokenBytes = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: plainText }, { weight: 1, arbitrary: messageText }),
    fc.array(fc.tuple(fc.nat(), BYTES, fc.constantFrom("replace", "insert", "remove")), { maxLength: 3 }),
  )
  .map(([text, breaks]) => {
    let broken = text;

    for (const [position, byte, kind] of breaks) {
      const offset = position % broken.length;
      const rest = broken.slice(kind === "insert" ? offset : offset + 1);

      broken = broken.slice(0, offset) + (kind === "remove" ? "" : String.fromCharCode(byte)) + rest;
    }

    return Buffer.from(broken, "latin1");
  });

it("RFC 3261 §7.3.1: the fast scan of header lines finds what the exact scan finds", () => {
  fc.assert(
    fc.property(brokenBytes, (bytes) => {
      const start = findLineEnd(bytes, 0, bytes.length) + 2;
      const text = bytes.toString("latin1");

      assert.deepEqual(
        scanner.scan(bytes, text, start, bytes.length),
        scanHeaderLines(bytes, text, start, bytes.length, MAX_HEADER_COUNT),
      );
    }),
    { numRuns: 5000 },
  );
});

it("RFC 3261 §25.1: what the quick check accepts, every exact check accepts, with the same topmost Via", () => {
  let accepted = 0;

  fc.assert(
    fc.property(brokenBytes, (bytes) => {
      const lineEnd = findLineEnd(bytes, 0, bytes.length);
      const text = bytes.toString("latin1");
      const startLine = lineEnd === -1 ? undefined : parseStartLine(bytes, text, lineEnd);

      if (startLine?.kind !== "request" || startLine.fault !== undefined) {
        return;
      }

      const { lines, bodyStart, fault } = scanHeaderLines(
        bytes,
        text,
        lineEnd + 2,
        bytes.length,
        MAX_HEADER_COUNT,
      );

      const topVia =
        fault === undefined ? topViaOfPlainMessage(bytes, text, lines, startLine.method.length) : undefined;

      if (topVia === undefined) {
        return;
      }

      const message = new SipRequest(
        { text, startLineEnd: lineEnd + 2, lines, bodyStart, bodyEnd: bytes.length },
        startLine.method,
        startLine.requestUriText,
      );

      accepted++;
      assert.deepEqual(topVia, message.readTopmostVia());
      assert.deepEqual(
        [
          checkVia(message),
          checkCoreHeaders(lines),
          checkFromAndTo(message),
          checkCallId(message),
          checkCSeq(message, startLine.method),
          checkOtherHeaders(message, true),
        ].filter((violation) => violation !== undefined),
        [],
      );
    }),
    { numRuns: 20_000 },
  );

  assert.ok(accepted > 1000, `only ${accepted} messages were plain enough to compare`);
});

it("counts the bytes below 0x20 and 0x7f of any stretch", () => {
  const counter = new ControlByteCounter(64);

  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), fc.nat(80), (bytes, one, other) => {
      const start = Math.min(one, other, bytes.length);
      const end = Math.min(Math.max(one, other), bytes.length);
      const expected = bytes.subarray(start, end).filter((byte) => byte < 0x20 || byte === 0x7f).length;

      assert.equal(counter.count(bytes, start, end), end > 64 ? undefined : expected);
    }),
    { numRuns: 5000 },
  );
});
