/** Handlers of server.ts, measured: same results, same errors, their durations and failures. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SipEvents } from "../../../src/api/events.ts";
import type { IncomingRequest } from "../../../src/api/incoming-request.ts";
import { CallbackTimes } from "../../../src/metrics/callback-times.ts";
import { DURATION_BUCKETS, DurationHistogram } from "../../../src/metrics/duration-histogram.ts";

const REQUEST = {} as IncomingRequest;

function measure(sipEvents: SipEvents): { times: CallbackTimes; handlers: () => { sipEvents: SipEvents } } {
  const times = new CallbackTimes();
  const group = { systemEvents: {}, sipEvents, webSocketEvents: {} };

  return { times, handlers: times.measured(() => group) };
}

describe("measured handlers", () => {
  it("are called with their object and arguments, and counted", () => {
    const seen: unknown[] = [];
    const sipEvents: SipEvents = {
      onRequest(request) {
        seen.push(this, request);
      },
    };
    const { times, handlers } = measure(sipEvents);

    handlers().sipEvents.onRequest?.(REQUEST);
    assert.equal(seen[0], sipEvents);
    assert.equal(seen[1], REQUEST);
    assert.equal(times.times.get("sipEvents.onRequest")?.durations.count, 1);
    assert.equal(times.times.get("sipEvents.onRequest")?.failures, 0);
  });

  it("throw what they threw, and reject with what they rejected with", async () => {
    const error = new Error("of the user");
    const throwing = measure({
      onRequest: () => {
        throw error;
      },
    });
    const rejecting = measure({ onRequest: () => Promise.reject(error) });

    assert.throws(() => throwing.handlers().sipEvents.onRequest?.(REQUEST), error);
    await assert.rejects(async () => rejecting.handlers().sipEvents.onRequest?.(REQUEST), error);

    for (const { times } of [throwing, rejecting]) {
      const time = times.times.get("sipEvents.onRequest");

      assert.deepEqual([time?.failures, time?.durations.count], [1, 1]);
    }
  });

  it("take until their promise is settled, and give back the same promise", async () => {
    const gate = Promise.withResolvers<void>();
    const { times, handlers } = measure({ onRequest: () => gate.promise });
    const result = handlers().sipEvents.onRequest?.(REQUEST);
    const durations = times.times.get("sipEvents.onRequest")?.durations;

    assert.equal(result, gate.promise);
    assert.equal(durations?.count, 0);
    gate.resolve();
    await result;
    await Promise.resolve();
    assert.equal(durations?.count, 1);
  });

  it("that are missing cost nothing, and those that user code sets later are called", () => {
    const sipEvents: SipEvents = {};
    const { times, handlers } = measure(sipEvents);
    let calls = 0;

    handlers().sipEvents.onRequest?.(REQUEST);
    assert.equal(times.times.get("sipEvents.onRequest")?.durations.count, 0);
    sipEvents.onRequest = () => {
      calls++;
    };
    handlers().sipEvents.onRequest?.(REQUEST);
    assert.equal(calls, 1);
  });

  it("follow a reload", () => {
    const calls: string[] = [];
    let current = { sipEvents: { onRequest: () => void calls.push("old") }, webSocketEvents: {} };
    const handlers = new CallbackTimes().measured(() => current);

    handlers().sipEvents.onRequest();
    current = { sipEvents: { onRequest: () => void calls.push("new") }, webSocketEvents: {} };
    handlers().sipEvents.onRequest();
    assert.deepEqual(calls, ["old", "new"]);
    assert.equal(handlers(), handlers());
  });
});

describe("a timed call", () => {
  it("of a callback of SipProxy is counted under its name; of an unknown name, only made", () => {
    const times = new CallbackTimes();

    assert.equal(
      times.time("onSuccessResponse", () => 1),
      1,
    );
    assert.equal(
      times.time("onWhatever", () => 2),
      2,
    );
    assert.equal(times.times.get("onSuccessResponse")?.durations.count, 1);
    assert.equal(times.times.has("onWhatever"), false);
  });
});

describe("a histogram of durations", () => {
  it("counts each in every bucket whose bound it does not exceed", () => {
    const histogram = new DurationHistogram();

    for (const seconds of [0.0001, 0.00011, 1, 10, 11]) {
      histogram.observe(seconds);
    }

    const counts = new Map(histogram.cumulativeCounts().map(({ bound, count }) => [bound, count]));

    assert.equal(counts.size, DURATION_BUCKETS.length + 1);
    assert.deepEqual(
      [0.0001, 0.00025, 0.5, 1, 5, 10, undefined].map((bound) => counts.get(bound)),
      [1, 2, 2, 3, 3, 4, 5],
    );
    assert.equal(histogram.count, 5);
    assert.ok(Math.abs(histogram.sum - 22.00021) < 1e-9);
  });
});
