/** Methods as counters tell them apart. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  METHOD_LABELS,
  methodIndex,
  methodIndexOfBytes,
  OTHER_METHOD,
} from "../../../src/metrics/methods.ts";

const ofBytes = (text: string): number => methodIndexOfBytes(Buffer.from(text, "latin1"));

describe("the methods of counters", () => {
  it("are found in text and in the bytes of a request alike", () => {
    for (const [index, method] of METHOD_LABELS.slice(0, OTHER_METHOD).entries()) {
      assert.equal(methodIndex(method), index);
      assert.equal(ofBytes(`${method} sip:a SIP/2.0\r\n`), index, method);
    }
  });

  it("are case-sensitive and whole (RFC 3261 section 7.1), or else one label for all others", () => {
    for (const method of [
      "invite",
      "INVIT",
      "INVITEX",
      "other",
      "toString",
      "__proto__",
      "PRACKET",
      "X",
      "",
    ]) {
      assert.equal(methodIndex(method), OTHER_METHOD, method);
      assert.equal(ofBytes(`${method} sip:a SIP/2.0`), OTHER_METHOD, method);
    }

    for (const bytes of ["", "INVITE", "INV", "\u00ff\u00ff", "\u0000"]) {
      assert.equal(ofBytes(bytes), OTHER_METHOD, bytes);
    }
  });
});
