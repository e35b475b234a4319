/** RFC 6750 section 2.1: the token in the Authorization header field. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BearerToken } from "../../../src/admin/bearer-token.ts";

describe("a bearer token", () => {
  const token = new BearerToken("0123456789abcdef");

  for (const authorization of [
    "Bearer 0123456789abcdef",
    "bearer 0123456789abcdef ",
    "BEARER  0123456789abcdef",
  ]) {
    it(`is in ${JSON.stringify(authorization)}`, () => assert.ok(token.isIn(authorization)));
  }

  for (const authorization of [
    undefined,
    "",
    "0123456789abcdef",
    "Bearer",
    "Bearer ",
    "Bearer 0123456789abcde",
    "Bearer 0123456789abcdef0",
    "Bearer 0123456789ABCDEF",
    "Basic 0123456789abcdef",
    `Bearer ${"0123456789abcdef".repeat(1000)}`,
  ]) {
    it(`is not in ${JSON.stringify(authorization?.slice(0, 40))}`, () =>
      assert.ok(!token.isIn(authorization)));
  }

  it("of other letters than those of ASCII comes as its bytes in UTF-8, and no other text stands for it", () => {
    const asReceived = (text: string): string => Buffer.from(`Bearer ${text}`, "utf8").toString("latin1");
    const other = new BearerToken("schlüssel-Łódź-2026 ");

    assert.ok(other.isIn(asReceived("schlüssel-Łódź-2026")));
    // Ł and A differ in what one byte does not hold.
    assert.ok(!other.isIn(asReceived("schlüssel-Aódź-2026")));
    assert.ok(!other.isIn("Bearer schlüssel-Aódz-2026"));
  });
});
