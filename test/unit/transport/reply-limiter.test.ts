import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ReplyLimiter } from "../../../src/transport/reply-limiter.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function limiter(): { limiter: ReplyLimiter; clock: FakeClock } {
  const clock = new FakeClock();

  return { limiter: new ReplyLimiter({ repliesPerSecond: 10, burst: 5 }, clock), clock };
}

/** How many of `attempts` replies may go. */
function count(taker: ReplyLimiter, ip: string, attempts: number): number {
  return Array.from({ length: attempts }, () => taker.tryTake(ip)).filter(Boolean).length;
}

describe("reply limiter", () => {
  it("lets the burst pass, then the rate", () => {
    const { limiter: taker, clock } = limiter();

    assert.equal(count(taker, "192.0.2.1", 100), 5);
    clock.advance(300);
    assert.equal(count(taker, "192.0.2.1", 100), 3);
    clock.advance(60_000);
    assert.equal(count(taker, "192.0.2.1", 100), 5);
  });

  it("one address does not use up what another may cause", () => {
    const { limiter: taker } = limiter();
    const addresses = Array.from({ length: 50 }, (_, i) => `192.0.2.${i}`);

    count(taker, "2001:db8::1", 1_000);

    // Some may share a bucket with another, hardly more than a few.
    assert.ok(addresses.filter((ip) => count(taker, ip, 5) === 5).length >= 45);
  });
});
