import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, it } from "node:test";
import { discoverAddress } from "../../../src/transport/local-address.ts";
import { ipTypeOf } from "../../../src/util/ip-address.ts";

describe("address of this machine", () => {
  for (const ipType of ["ipv4", "ipv6"] as const) {
    it(`${ipType}: one of its interfaces', or none without a route`, async () => {
      const ip = await discoverAddress(ipType);
      const own = Object.values(networkInterfaces()).flatMap(
        (list) => list?.map((entry) => entry.address) ?? [],
      );

      if (ip === undefined) {
        return;
      }

      assert.equal(ipTypeOf(ip), ipType);
      assert.ok(own.includes(ip));
    });
  }
});
