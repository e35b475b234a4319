/** The delay of the event loop is 0 for one that is idle, and what blocks it for one that is not. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { EventLoopDelay } from "../../../src/metrics/event-loop-delay.ts";

describe("the delay of the event loop", () => {
  let delay: EventLoopDelay;

  beforeEach(() => {
    delay = new EventLoopDelay();
  });

  afterEach(() => delay.close());

  /** What the next intervals of the timer are; the one in which it is asked for counts for neither side. */
  const measured = async (whileMeasured: () => void = () => undefined): Promise<Map<string, number>> => {
    delay.read();
    await setTimeout(30);
    whileMeasured();
    await setTimeout(30);

    return new Map(delay.read());
  };

  const block = (milliseconds: number): void => {
    const endsAtMs = performance.now() + milliseconds;

    while (performance.now() < endsAtMs) {
      // Nothing else runs meanwhile.
    }
  };

  it("is without the interval of the timer that measures it", async () => {
    // The best of several: what else this machine does is no fault of the process.
    const medians: number[] = [];

    for (let round = 0; round < 20; round++) {
      medians.push((await measured()).get("0.5") ?? Number.NaN);
    }

    assert.ok(Math.min(...medians) < 0.005, String(medians));
    assert.ok(Math.min(...medians) >= 0, String(medians));
  });

  it("has what blocked the loop at its upper end, once", async () => {
    const seconds = (await measured(() => block(100))).get("1") ?? Number.NaN;

    assert.ok(seconds > 0.085 && seconds < 1, String(seconds));
    assert.ok(((await measured()).get("1") ?? Number.NaN) < seconds);
  });

  it("is a number for each quantile, also when it is asked for twice at once", async () => {
    for (const values of [delay.read(), delay.read(), [...(await measured())], delay.read(), delay.read()]) {
      assert.deepEqual(
        values.map(([quantile]) => quantile),
        ["0.5", "0.9", "0.99", "1"],
      );
      assert.ok(values.every(([, seconds]) => seconds >= 0 && seconds < 60));
    }
  });
});
