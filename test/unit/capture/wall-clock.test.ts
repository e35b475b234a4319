/** Times of captured messages: in order, and those of the system's clock even after somebody has set it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WallClock } from "../../../src/capture/wall-clock.ts";

describe("the time of captured messages", () => {
  it("is the system's, whole microseconds, and never earlier than the one before", () => {
    const clock = new WallClock();
    let last = 0;

    for (let index = 0; index < 10_000; index++) {
      const now = clock.nowUs();

      assert.ok(Number.isSafeInteger(now) && now >= last);
      last = now;
    }

    assert.ok(Math.abs(last / 1000 - Date.now()) < 50);
  });

  it("follows when the system's clock is set, forth or back", (context) => {
    const clock = new WallClock();
    const startedAtMs = Date.now();
    let shiftMs = 0;
    const realNow = Date.now;

    context.mock.method(Date, "now", () => realNow() + shiftMs);

    for (shiftMs of [0, 3_600_000, -3_600_000]) {
      assert.ok(Math.abs(clock.nowUs() / 1000 - startedAtMs - shiftMs) < 1_000, String(shiftMs));
    }
  });
});
