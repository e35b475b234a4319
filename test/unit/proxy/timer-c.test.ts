import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TimerC } from "../../../src/proxy/timer-c.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("§16.6 step 11 Timer C", () => {
  it("fires once, the whole duration after its last start", () => {
    const clock = new FakeClock();
    let fired = 0;
    const timer = new TimerC(clock, 1000, { timerCFired: () => fired++ });

    timer.restart();
    clock.advance(600);
    timer.restart();
    assert.equal(clock.pendingCount, 1);
    clock.advance(999);
    assert.equal(fired, 0);
    clock.advance(1);
    assert.equal(fired, 1);
    clock.advance(5000);
    assert.equal(fired, 1);
    assert.equal(clock.pendingCount, 0);
  });

  it("stopped, it does not fire and leaves nothing behind", () => {
    const clock = new FakeClock();
    const timer = new TimerC(clock, 1000, { timerCFired: () => assert.fail("fired") });

    timer.restart();
    timer.stop();
    assert.equal(clock.pendingCount, 0);
    clock.advance(2000);
  });
});
