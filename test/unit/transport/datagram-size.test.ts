import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isTooLargeForUdp } from "../../../src/transport/datagram-size.ts";

describe("RFC 3261 §18.1.1: size of a request over UDP", () => {
  it("1300 bytes are the most when the path MTU is unknown", () => {
    assert.equal(isTooLargeForUdp(1_300), false);
    assert.equal(isTooLargeForUdp(1_301), true);
  });

  it("within 200 bytes of a known path MTU is too large", () => {
    assert.equal(isTooLargeForUdp(8_800, 9_000), false);
    assert.equal(isTooLargeForUdp(8_801, 9_000), true);
    assert.equal(isTooLargeForUdp(1_300, 1_400), true);
  });
});
