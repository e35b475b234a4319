/** Finding the Call-ID in the text of a message (RFC 3261 sections 7.3 and 20.8). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { callIdOf } from "../../../src/capture/call-id-scan.ts";

const message = (...lines: string[]): string =>
  ["OPTIONS sip:a SIP/2.0", ...lines, "", "i: body"].join("\r\n");

describe("the Call-ID of a text", () => {
  for (const [line, expected] of [
    ["Call-ID: a@b", "a@b"],
    ["call-id:a@b", "a@b"],
    ["CALL-ID \t:\t a@b \t", "a@b"],
    ["i: a@b", "a@b"],
    ["I:a@b", "a@b"],
    ["Call-ID: a:b", "a:b"],
  ] as const) {
    it(`is found in ${JSON.stringify(line)}`, () => {
      assert.equal(callIdOf(message("Via: x", line, "To: y")), expected);
    });
  }

  it("is the first one", () => {
    assert.equal(callIdOf(message("i: one", "Call-ID: two")), "one");
  });

  it("is not looked for in the start line, in the body or in other header fields", () => {
    assert.equal(callIdOf(message("X-Call-ID: a", "In: b", "To: call-id: c")), undefined);
    assert.equal(callIdOf("i: x\r\nTo: y\r\n\r\ni: z"), undefined);
  });

  for (const text of [
    "",
    "\n",
    "\r\n\r\n",
    "OPTIONS",
    "OPTIONS\r\nCall-ID",
    "OPTIONS\r\ni:",
    "a\ni: \t\r\n",
  ]) {
    it(`is undefined for ${JSON.stringify(text)}`, () => assert.equal(callIdOf(text), undefined));
  }

  it("of a last line without an end is found", () => {
    assert.equal(callIdOf("OPTIONS\r\ni: x"), "x");
  });
});
