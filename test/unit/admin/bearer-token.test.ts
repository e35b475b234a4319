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
});
