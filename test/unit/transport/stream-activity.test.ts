import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StreamActivity } from "../../../src/transport/stream-activity.ts";
import { DEFAULT_STREAM_LIMITS } from "../../../src/transport/stream-limits.ts";

const LIMITS = {
  ...DEFAULT_STREAM_LIMITS,
  firstMessageTimeoutMs: 100,
  messageTimeoutMs: 30,
  idleTimeoutMs: 1000,
};

function judge(activity: StreamActivity, now: number): string {
  return activity.judge({ isOver: (since, limitMs) => limitMs !== 0 && now - since >= limitMs }, LIMITS);
}

describe("StreamActivity", () => {
  it("a client's first message is awaited, that of a server is not", () => {
    const client = new StreamActivity(0, true);
    const server = new StreamActivity(0, false);

    assert.equal(judge(client, 99), "alive");
    assert.equal(judge(client, 100), "first-message-missing");
    assert.equal(judge(server, 999), "alive");
    assert.equal(judge(server, 1000), "idle");
  });

  it("RFC 5626 section 4.4.1: keep-alives are no first message, and after one no message under way", () => {
    const dripping = new StreamActivity(0, true);

    for (let now = 10; now < 100; now += 10) {
      dripping.receiveKeepAlive();
      dripping.receiveBytes(now, false);
      assert.equal(judge(dripping, now), "alive");
    }

    assert.equal(judge(dripping, 100), "first-message-missing");

    const known = new StreamActivity(0, true);

    known.receiveMessage();
    known.receiveBytes(90, false);
    known.receiveKeepAlive();
    known.receiveBytes(1000, false);
    assert.equal(judge(known, 1999), "alive");
    assert.equal(judge(known, 2000), "idle");
  });

  it("a message is counted from its first byte, whatever arrives of it meanwhile", () => {
    const activity = new StreamActivity(0, false);

    for (let now = 10; now <= 30; now += 5) {
      activity.receiveBytes(now, true);
      assert.equal(judge(activity, now), "alive");
    }

    activity.receiveBytes(39, true);
    assert.equal(judge(activity, 39), "alive");
    assert.equal(judge(activity, 40), "message-unfinished");
  });

  it("whole messages whose chunks always end within the next one are not one long message", () => {
    const activity = new StreamActivity(0, true);

    for (let now = 10; now <= 500; now += 10) {
      activity.receiveMessage();
      activity.receiveBytes(now, true);
      assert.equal(judge(activity, now + 9), "alive");
    }

    assert.equal(judge(activity, 530), "message-unfinished");
  });

  it("idle is without a byte, in the first message's time as well", () => {
    const activity = new StreamActivity(0, true);

    activity.receiveBytes(50, false);
    assert.equal(judge(activity, 100), "first-message-missing");
    activity.receiveMessage();
    activity.receiveBytes(100, false);
    assert.equal(judge(activity, 1099), "alive");
    assert.equal(judge(activity, 1100), "idle");
  });
});
