import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TargetCursor } from "../../../src/proxy/target-cursor.ts";
import { TargetBlacklist } from "../../../src/resolver/target-blacklist.ts";
import type { Target } from "../../../src/transport/target.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const TARGETS: readonly Target[] = [1, 2, 3].map((port) => ({
  transport: "tcp",
  ip: "198.51.100.7",
  ipType: "ipv4",
  port,
}));

function errorCodeOf(cursor: TargetCursor): string | undefined {
  return cursor.lastError?.code;
}

describe("RFC 3263 §4.3 the targets of a request", () => {
  it("come in order, listed ones are passed over and leave their error", () => {
    const blacklist = new TargetBlacklist({ clock: new FakeClock() });
    const cursor = new TargetCursor(TARGETS, blacklist);

    blacklist.add(TARGETS[1] as Target, 10, {
      status: 408,
      reason: "Client Timeout",
      code: "client_timeout",
    });
    assert.equal(cursor.next(), TARGETS[0]);
    assert.equal(errorCodeOf(cursor), undefined);
    assert.equal(cursor.hasNext, true);
    assert.equal(cursor.next(), TARGETS[2]);
    assert.equal(errorCodeOf(cursor), "client_timeout");
    assert.equal(cursor.hasNext, false);
    assert.equal(cursor.next(), undefined);
  });

  it("hasNext is false when all that is left is listed", () => {
    const blacklist = new TargetBlacklist({ clock: new FakeClock() });
    const cursor = new TargetCursor(TARGETS.slice(0, 2), blacklist);

    cursor.next();
    blacklist.add(TARGETS[1] as Target, 10);
    assert.equal(cursor.hasNext, false);
  });
});
