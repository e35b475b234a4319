/** Lists of trusted addresses: single ones and networks, of both IP versions. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressList, LOOPBACK_ADDRESSES } from "../../../src/transport/address-list.ts";

describe("a list of addresses", () => {
  it("holds single addresses and whole networks, and nothing else", () => {
    const list = addressList(["192.0.2.1", "10.0.0.0/8", "2001:db8::/32"]);

    assert.ok(list.check("192.0.2.1", "ipv4"));
    assert.ok(list.check("10.255.0.1", "ipv4"));
    assert.ok(list.check("2001:db8:ffff::1", "ipv6"));
    assert.ok(!list.check("192.0.2.2", "ipv4"));
    assert.ok(!list.check("2001:db9::1", "ipv6"));
  });

  it("of this machine is 127.0.0.0/8 and ::1 (RFC 6890 section 2.2)", () => {
    const list = addressList(LOOPBACK_ADDRESSES);

    assert.ok(list.check("127.9.9.9", "ipv4"));
    assert.ok(list.check("::1", "ipv6"));
    assert.ok(!list.check("128.0.0.1", "ipv4"));
  });

  it("throws for what is neither", () => {
    assert.throws(() => addressList(["localhost"]), { code: "ERR_INVALID_ADDRESS" });
  });
});
