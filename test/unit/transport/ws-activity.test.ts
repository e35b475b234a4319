/** What the silence of a WebSocket peer calls for, and when. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type WatchTicks, WsActivity } from "../../../src/transport/ws-activity.ts";
import { DEFAULT_WS_LIMITS } from "../../../src/transport/ws-limits.ts";
import { type WatchedConnection, WsWatch } from "../../../src/transport/ws-watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const NO_LIMITS: WatchTicks = { ping: 0, pong: 0, idle: 0, message: 0, firstMessage: 0 };

/** The verdicts of ticks `from` to `to`. */
function judgeFor(activity: WsActivity, from: number, to: number, ticks: WatchTicks, isMidMessage = false) {
  const verdicts: string[] = [];

  for (let now = from; now <= to; now++) {
    verdicts.push(activity.judge(now, isMidMessage, ticks));
  }

  return verdicts;
}

describe("WsActivity", () => {
  it("without limits nothing is asked for", () => {
    assert.deepEqual(new Set(judgeFor(new WsActivity(0), 1, 1000, NO_LIMITS, true)), new Set(["alive"]));
  });

  it("RFC 6455 section 5.5.2: a ping after silence, once, and its answer is missed in time", () => {
    const activity = new WsActivity(0);
    const ticks = { ...NO_LIMITS, ping: 3, pong: 2 };

    assert.deepEqual(judgeFor(activity, 1, 5, ticks), [
      "alive",
      "alive",
      "send-ping",
      "alive",
      "pong-missing",
    ]);
  });

  it("anything that arrives whole answers a ping", () => {
    const ticks = { ...NO_LIMITS, ping: 3, pong: 2 };

    for (const receive of ["receiveControl", "receiveMessage"] as const) {
      const activity = new WsActivity(0);

      judgeFor(activity, 1, 3, ticks);
      activity[receive](3);
      assert.deepEqual(judgeFor(activity, 4, 6, ticks), ["alive", "alive", "send-ping"], receive);
    }
  });

  it("a message that has begun is to end in time, whatever pings come between its fragments", () => {
    const activity = new WsActivity(0);
    const ticks = { ...NO_LIMITS, message: 3 };

    assert.deepEqual(judgeFor(activity, 1, 2, ticks, true), ["alive", "alive"]);
    activity.receiveControl(2);
    assert.deepEqual(judgeFor(activity, 3, 4, ticks, true), ["alive", "message-unfinished"]);
  });

  it("each message has its own time", () => {
    const activity = new WsActivity(0);
    const ticks = { ...NO_LIMITS, message: 3 };

    judgeFor(activity, 1, 3, ticks, true);
    activity.receiveMessage(3);
    assert.deepEqual(judgeFor(activity, 4, 6, ticks, true), ["alive", "alive", "alive"]);
    assert.equal(activity.judge(7, true, ticks), "message-unfinished");
  });

  it("a control frame that was cut in two leaves nothing behind", () => {
    const activity = new WsActivity(0);
    const ticks = { ...NO_LIMITS, message: 3 };

    assert.equal(activity.judge(1, true, ticks), "alive");
    activity.receiveControl(1);
    assert.deepEqual(judgeFor(activity, 2, 9, ticks), Array(8).fill("alive"));
    assert.equal(activity.judge(10, true, ticks), "alive");
  });

  it("who sends no SIP is cut, whatever keep-alives come, and who has sent SIP only when idle", () => {
    const ticks = { ...NO_LIMITS, firstMessage: 3, idle: 6 };
    const silent = new WsActivity(0);
    const known = new WsActivity(0);

    for (const receive of ["receiveControl", "receiveMessage"] as const) {
      const dripping = new WsActivity(0);

      dripping[receive](1);
      assert.equal(dripping.judge(1, false, ticks), "alive");
      dripping[receive](2);
      assert.deepEqual(judgeFor(dripping, 2, 3, ticks), ["alive", "first-message-missing"], receive);
    }

    known.receiveMessage(0);
    known.excuseFirstMessage();
    assert.deepEqual(judgeFor(silent, 1, 3, ticks), ["alive", "alive", "first-message-missing"]);
    assert.deepEqual(judgeFor(known, 1, 6, ticks), [...Array(5).fill("alive"), "idle"]);
  });
});

class Watched implements WatchedConnection {
  readonly ticks: number[] = [];

  watch(now: number): void {
    this.ticks.push(now);
  }

  close(): boolean {
    return true;
  }

  terminate(): void {}
}

describe("WsWatch", () => {
  const limits = { ...DEFAULT_WS_LIMITS, pingIntervalMs: 4_000, pongTimeoutMs: 2_000 };

  it("runs one timer for all connections, and none without a connection", () => {
    const clock = new FakeClock();
    const watch = new WsWatch(limits, clock);
    const one = new Watched();
    const two = new Watched();

    assert.equal(clock.pendingCount, 0);
    watch.add(one);
    watch.add(two);
    assert.equal(clock.pendingCount, 1);
    clock.advance(watch.tickMs * 2);
    assert.deepEqual(one.ticks, [1, 2]);
    assert.deepEqual(two.ticks, [1, 2]);
    watch.delete(one);
    watch.delete(two);
    assert.equal(clock.pendingCount, 0);
  });

  it("a limit comes late by two ticks at most, never early; a ping up to a tick early", () => {
    const clock = new FakeClock();
    const watch = new WsWatch(limits, clock);
    const { ticks, tickMs } = watch;

    assert.equal(tickMs, 500);
    // What starts the wait lies anywhere within the tick before.
    assert.ok((ticks.pong - 1) * tickMs >= limits.pongTimeoutMs);
    assert.ok((ticks.pong - 2) * tickMs <= limits.pongTimeoutMs);
    assert.ok(ticks.ping * tickMs <= limits.pingIntervalMs);
  });

  it("0 stands for no limit", () => {
    const { ticks } = new WsWatch(
      { ...limits, pingIntervalMs: 0, idleTimeoutMs: 0, messageTimeoutMs: 0, firstMessageTimeoutMs: 0 },
      new FakeClock(),
    );

    assert.deepEqual({ ...ticks, pong: 0 }, NO_LIMITS);
  });

  it("a connection may leave, and another come, within a tick", () => {
    const clock = new FakeClock();
    const watch = new WsWatch(limits, clock);
    const leaving = new Watched();
    const coming = new Watched();

    leaving.watch = () => {
      watch.delete(leaving);
      watch.add(coming);
    };
    watch.add(leaving);
    clock.advance(watch.tickMs);
    assert.equal(clock.pendingCount, 1);
    clock.advance(watch.tickMs);
    assert.equal(coming.ticks.at(-1), 2);
  });
});
