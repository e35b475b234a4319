import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TargetBlacklist } from "../../../src/resolver/target-blacklist.ts";
import type { Target } from "../../../src/transport/target.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const TARGET: Target = { transport: "udp", ip: "192.0.2.1", ipType: "ipv4", port: 5060 };

function create(maxEntries?: number): { clock: FakeClock; blacklist: TargetBlacklist } {
  const clock = new FakeClock();

  return { clock, blacklist: new TargetBlacklist({ clock, maxEntries }) };
}

describe("RFC 3263 section 4.3: targets that lately failed", () => {
  it("a refused connection lists at once, for its time", () => {
    const { clock, blacklist } = create();

    blacklist.reportConnectionError(TARGET, 10);
    assert.deepEqual(blacklist.find(TARGET), {
      status: 500,
      reason: "Connection Error",
      code: "connection_error",
      expiresAtMs: 10_000,
    });
    clock.advance(9999);
    assert.notEqual(blacklist.find(TARGET), undefined);
    clock.advance(1);
    assert.equal(blacklist.find(TARGET), undefined);
    assert.equal(blacklist.size, 0);
    assert.equal(clock.pendingCount, 0);
  });

  it("a refused certificate lists at once", () => {
    const { blacklist } = create();

    blacklist.reportTlsRefusal(TARGET, 10);
    assert.equal(blacklist.find(TARGET)?.code, "tls_validation_failed");
  });

  it("transport, address and port make the target; the domain does not", () => {
    const { blacklist } = create();

    blacklist.reportConnectionError(TARGET, 10);
    assert.notEqual(blacklist.find({ ...TARGET, domain: "example.com" }), undefined);
    assert.equal(blacklist.find({ ...TARGET, transport: "tcp" }), undefined);
    assert.equal(blacklist.find({ ...TARGET, ip: "192.0.2.2" }), undefined);
    assert.equal(blacklist.find({ ...TARGET, port: 5061 }), undefined);
  });

  it("§4.3 a 503 lists for its Retry-After, bounded, or for the profile's time", () => {
    const { clock, blacklist } = create();

    blacklist.report503(TARGET, 30, 10);
    assert.equal(blacklist.find(TARGET)?.expiresAtMs, 30_000);
    assert.equal(blacklist.find(TARGET)?.status, 500);
    blacklist.report503(TARGET, undefined, 10);
    assert.equal(blacklist.find(TARGET)?.expiresAtMs, 10_000);
    blacklist.report503(TARGET, 86_400, 10);
    assert.equal(blacklist.find(TARGET)?.expiresAtMs, 600_000);
    clock.advance(600_000);
    assert.equal(blacklist.find(TARGET), undefined);
  });

  it("a timeout is a suspicion; the third in a row lists", () => {
    const { clock, blacklist } = create();

    blacklist.reportTimeout(TARGET, 10);
    clock.advance(32_000);
    blacklist.reportTimeout(TARGET, 10);
    assert.equal(blacklist.find(TARGET), undefined);
    clock.advance(32_000);
    blacklist.reportTimeout(TARGET, 10);
    assert.deepEqual(blacklist.find(TARGET), {
      status: 408,
      reason: "Client Timeout",
      code: "client_timeout",
      expiresAtMs: 74_000,
    });
  });

  it("SECURITY: a response from behind the same address clears the suspicion", () => {
    const { blacklist } = create();

    for (let calls = 0; calls < 20; calls++) {
      blacklist.reportTimeout(TARGET, 10);
      blacklist.reportTimeout(TARGET, 10);
      assert.equal(blacklist.find(TARGET), undefined);
      blacklist.reportResponse(TARGET);
    }
  });

  it("timeouts far apart do not add up", () => {
    const { clock, blacklist } = create();

    for (let times = 0; times < 10; times++) {
      blacklist.reportTimeout(TARGET, 10);
      assert.equal(blacklist.find(TARGET), undefined);
      clock.advance(120_001);
    }
  });

  it("a late response ends a listing by timeouts, but no other", () => {
    const { blacklist } = create();
    const other: Target = { ...TARGET, port: 5070 };

    for (let times = 0; times < 3; times++) {
      blacklist.reportTimeout(TARGET, 10);
    }

    blacklist.report503(other, undefined, 10);
    blacklist.reportResponse(TARGET);
    blacklist.reportResponse(other);
    assert.equal(blacklist.find(TARGET), undefined);
    assert.notEqual(blacklist.find(other), undefined);
  });

  it("user code lists with its own answer", () => {
    const { blacklist } = create();

    blacklist.add(TARGET, 60);
    assert.deepEqual(blacklist.find(TARGET), {
      status: 403,
      reason: "Destination Blacklisted",
      code: "destination_blacklisted",
      expiresAtMs: 60_000,
    });
    blacklist.add(TARGET, 60, { status: 480, reason: "Resting", code: "destination_blacklisted" });
    assert.equal(blacklist.find(TARGET)?.reason, "Resting");
  });

  it("times are moved into 2 to 600 seconds", () => {
    const { blacklist } = create();

    blacklist.add(TARGET, 0);
    assert.equal(blacklist.find(TARGET)?.expiresAtMs, 2000);
    blacklist.add(TARGET, 601);
    assert.equal(blacklist.find(TARGET)?.expiresAtMs, 600_000);
  });

  it("SECURITY: both lists are bounded; the oldest gives way", () => {
    const { blacklist } = create(2);
    const targets = [1, 2, 3].map((port): Target => ({ ...TARGET, port }));

    for (const target of targets) {
      blacklist.add(target, 10);
    }

    assert.deepEqual(
      targets.map((target) => blacklist.find(target) !== undefined),
      [false, true, true],
    );
  });

  it("forgets all on reload", () => {
    const { blacklist } = create();

    blacklist.add(TARGET, 10);
    blacklist.clear();
    assert.equal(blacklist.find(TARGET), undefined);
  });
});
