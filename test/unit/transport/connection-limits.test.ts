import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionLimits } from "../../../src/transport/connection-limits.ts";

describe("ConnectionLimits", () => {
  it("counts in all", () => {
    const limits = new ConnectionLimits(2, 10);

    assert.deepEqual([limits.admit(), limits.admit(), limits.admit()], [true, true, false]);
    assert.equal(limits.count, 2);
    limits.release();
    assert.equal(limits.admit(), true);
  });

  it("counts by IPv4 address", () => {
    const limits = new ConnectionLimits(10, 1);

    assert.equal(limits.admitAddress("192.0.2.1"), true);
    assert.equal(limits.admitAddress("192.0.2.1"), false);
    assert.equal(limits.admitAddress("192.0.2.2"), true);
    limits.releaseAddress("192.0.2.1");
    assert.equal(limits.admitAddress("192.0.2.1"), true);
  });

  it("SECURITY: counts by IPv6 network of 64 bits, however the address is spelled", () => {
    const limits = new ConnectionLimits(10, 2);

    assert.equal(limits.admitAddress("2001:db8::1"), true);
    assert.equal(limits.admitAddress("2001:db8:0:0:ffff:ffff:ffff:ffff"), true);
    assert.equal(limits.admitAddress("2001:0db8::3"), false);
    assert.equal(limits.admitAddress("2001:db8:0:1::1"), true);
    assert.equal(limits.admitAddress("::1"), true);
  });
});
