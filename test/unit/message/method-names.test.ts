import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KNOWN_METHODS, methodIn } from "../../../src/message/method-names.ts";

describe("methods of a text", () => {
  it("known ones, and others, are what stands between the offsets", () => {
    for (const method of [...KNOWN_METHODS, "INVITES", "INVIT", "invite", "FOO", "", "\xc0\xc1"]) {
      assert.equal(methodIn(method, 0, method.length), method);
      assert.equal(methodIn(`7 ${method} sip:a`, 2, 2 + method.length), method);
    }
  });
});
