import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { exactContentLength, quickContentLength } from "../../../src/message/framed-content-length.ts";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { StreamFramer } from "../../../src/message/stream-framer.ts";

function block(...lines: readonly string[]): Buffer {
  return Buffer.from(`OPTIONS sip:a SIP/2.0\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`, "latin1");
}

function quick(bytes: Buffer): number {
  return quickContentLength(bytes, 0, bytes.length);
}

const MANDATORY = [
  "Via: SIP/2.0/TCP a;branch=z9hG4bK1",
  "From: <sip:a>;tag=1",
  "To: <sip:b>",
  "Call-ID: first",
  "CSeq: 1 OPTIONS",
  "Max-Forwards: 70",
];

/** A whole message without a body. */
const NEXT = block(...MANDATORY.map((line) => line.replace("first", "next")), "Content-Length: 0");

describe("Content-Length of a stream's message, RFC 3261 §18.3", () => {
  it("is found in its plain forms", () => {
    for (const [line, value] of [
      ["Content-Length: 142", 142],
      ["content-length:0", 0],
      ["CONTENT-LENGTH:   007", 7],
      ["l: 5", 5],
      ["L:5", 5],
    ] as const) {
      assert.equal(quick(block("Call-ID: a", line, "Contact: <sip:a>", "Subject: l: 9")), value, line);
    }
  });

  it("is left to the exact scan in any other", () => {
    for (const lines of [
      [],
      ["Content-Length: 1", "l: 1"],
      ["Content-Length: 1", "Content-Length: 2"],
      ["Content-Length : 1"],
      ["Content-Length:\t1"],
      ["Content-Length: 1 "],
      ["Content-Length: "],
      ["Content-Length: -1"],
      ["Content-Length: 1234567890"],
      ["Content-Length:", " 1"],
      ["Content-Length: 1", " 2"],
      ["Subject: a", "\tfolded", "Content-Length: 1"],
      ["Content-Lengths: 1"],
      ["Content-Lengt\x1a 1"],
    ]) {
      assert.equal(quick(block(...lines)), -1, JSON.stringify(lines));
    }
  });

  it("SECURITY: whatever the lines are, a message is cut where the grammar ends it, and the next one is read", () => {
    const name = fc.constantFrom("Content-Length", "l", "L", "content-LENGTH", "X", "Contact");
    const separator = fc.constantFrom(":", ": ", " : ", ":\t", "\n:", "");
    const value = fc.constantFrom(
      "1",
      "12",
      "0012",
      "x",
      "",
      "1\r\n 2",
      "1\nl: 3",
      "a\nContent-Length: 2",
      "1 ",
    );
    const line = fc.tuple(name, separator, value).map((parts) => parts.join(""));
    let accepted = 0;

    fc.assert(
      fc.property(fc.array(line, { maxLength: 3 }), (lines) => {
        const head = block(...MANDATORY, ...lines);
        const length = exactContentLength(head, 100);
        const callIds: string[] = [];
        const framer = new StreamFramer(new MessageParser(), {
          receiveMessage: (message) => void callIds.push(message.callId),
          receiveKeepAlive: () => undefined,
          receiveRefusal: () => void callIds.push("refused"),
          receiveFailure: () => undefined,
        });

        framer.push(Buffer.concat([head, Buffer.alloc(length ?? 12, "x"), NEXT]));

        if (length === undefined) {
          assert.deepEqual(callIds, []);
        } else {
          assert.equal(callIds.length, 2);
          assert.equal(callIds[1], "next");
          accepted++;
        }
      }),
      { numRuns: 3_000 },
    );
    assert.ok(accepted > 100);
  });
});
