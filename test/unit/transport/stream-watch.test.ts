import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from "../../../src/transport/stream-limits.ts";
import { StreamWatch, type WatchedStream } from "../../../src/transport/stream-watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function makeWatch(limits: Partial<StreamLimits> = {}): { clock: FakeClock; watch: StreamWatch } {
  const clock = new FakeClock();

  return { clock, watch: new StreamWatch({ ...DEFAULT_STREAM_LIMITS, ...limits }, clock) };
}

function counter(): WatchedStream & { count: number } {
  return {
    count: 0,
    watch() {
      this.count++;
    },
  };
}

describe("StreamWatch", () => {
  it("sweeps every quarter of the shortest limit; a limit of 0 does not count", () => {
    assert.equal(makeWatch().watch.tickMs, 500);
    assert.equal(makeWatch({ messageTimeoutMs: 400, idleTimeoutMs: 0 }).watch.tickMs, 100);
    assert.equal(makeWatch({ messageTimeoutMs: 1 }).watch.tickMs, 20);
  });

  it("one timer for any number of connections, and none without", () => {
    const { clock, watch } = makeWatch();
    const streams = Array.from({ length: 1000 }, counter);

    assert.equal(clock.pendingCount, 0);

    for (const stream of streams) {
      watch.add(stream);
    }

    assert.equal(clock.pendingCount, 1);
    clock.advance(1000);
    assert.equal(clock.pendingCount, 1);
    assert.ok(streams.every((stream) => stream.count === 2));

    for (const stream of streams) {
      watch.delete(stream);
    }

    assert.equal(clock.pendingCount, 0);
  });

  it("a connection may remove itself, and add others, while it is watched", () => {
    const { clock, watch } = makeWatch();
    const added = counter();
    const first: WatchedStream = {
      watch() {
        watch.delete(first);
        watch.add(added);
      },
    };

    watch.add(first);
    clock.advance(1000);
    assert.equal(watch.size, 1);
    assert.ok(added.count > 0);
  });

  it("no limit comes early, none more than two sweeps late", () => {
    const limitMs = 2_000;

    for (let offsetMs = 0; offsetMs < 500; offsetMs += 50) {
      const { clock, watch } = makeWatch();
      let overAtMs = -1;
      let since = -1;

      watch.add({
        watch() {
          if (since !== -1 && overAtMs === -1 && watch.isOver(since, limitMs)) {
            overAtMs = clock.now();
          }
        },
      });
      clock.advance(1_000 + offsetMs);
      since = watch.now;

      const beganAtMs = clock.now();

      clock.advance(5_000);
      assert.ok(overAtMs - beganAtMs >= limitMs, `${overAtMs - beganAtMs} ms`);
      assert.ok(overAtMs - beganAtMs <= limitMs + 1_000, `${overAtMs - beganAtMs} ms`);
    }
  });

  it("after a pause without connections the time is right again", () => {
    const { clock, watch } = makeWatch();

    clock.advance(60_000);
    watch.add(counter());
    assert.equal(watch.now, 60_000);
    assert.equal(watch.isOver(watch.now, 1), false);
  });
});
