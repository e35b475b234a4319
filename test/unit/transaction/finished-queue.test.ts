/** Finished transactions that end one after the other, without a timer of their own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FinishedQueue, type FinishedTransaction } from "../../../src/transaction/finished-queue.ts";
import type { TimerTarget } from "../../../src/util/clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const DELAY_MS = 32_000;
const SPAN_MS = 1_000;

class Finished implements FinishedTransaction {
  nextFinished: FinishedTransaction | undefined = undefined;
  isEnded = false;
  readonly #onEnd: () => void;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  end(): void {
    this.isEnded = true;
    this.#onEnd();
  }
}

function start() {
  const clock = new FakeClock();
  const queue = new FinishedQueue(DELAY_MS, clock);
  const ended: string[] = [];
  const add = (name: string): Finished => {
    const transaction = new Finished(() => ended.push(`${name} at ${clock.now()}`));

    queue.add(transaction);

    return transaction;
  };

  return { clock, queue, ended, add };
}

describe("finished transactions in a queue", () => {
  it("end when their time is over, and leave no timer behind", () => {
    const { clock, ended, add } = start();

    add("a");
    clock.advance(DELAY_MS - 1);
    assert.deepEqual(ended, []);
    clock.advance(1);
    assert.deepEqual(ended, ["a at 32000"]);
    assert.equal(clock.pendingCount, 0);
  });

  it("end in their order, never early, at most a 32nd of their time later", () => {
    const { clock, queue, ended, add } = start();
    const startedMs: number[] = [];

    for (let i = 0; i < 2_000; i++) {
      startedMs.push(clock.now());
      add(String(i));
      assert.equal(clock.pendingCount, 1);
      clock.advance(i < 1_000 ? 7 : 1);
    }

    clock.advance(DELAY_MS + SPAN_MS);
    assert.deepEqual(
      ended.map((text) => Number(text.split(" ")[0])),
      startedMs.map((_, i) => i),
    );

    for (const [i, text] of ended.entries()) {
      const lateMs = Number(text.split(" ")[2]) - (startedMs[i] ?? 0) - DELAY_MS;

      assert.ok(lateMs >= 0 && lateMs <= SPAN_MS, `${i} ended ${lateMs} ms late`);
    }

    assert.equal(queue.oldestMs, undefined);
  });

  it("that begin within a 32nd of their time share one wake-up", () => {
    const { clock, ended, add } = start();

    add("a");
    clock.advance(SPAN_MS);
    add("b");
    clock.advance(1);
    add("c");
    clock.advance(DELAY_MS - 1);
    assert.deepEqual(ended, ["a at 33000", "b at 33000"]);
    clock.advance(SPAN_MS);
    assert.equal(ended.length, 3);
  });

  it("end 256 at a time, so that nothing waits for long", () => {
    const { clock, ended, add } = start();

    for (let i = 0; i < 1_000; i++) {
      add(String(i));
    }

    clock.advance(DELAY_MS - 1);
    assert.equal(ended.length, 0);

    for (let wakeUps = 0; ended.length < 1_000; wakeUps++) {
      const before: number = ended.length;

      assert.ok(wakeUps < 40);
      clock.advance(1);
      assert.ok(ended.length - before <= 256);
    }
  });

  it("do not pile up where turns of the event loop are long", () => {
    const turnMs = 50;
    const perTurn = 600;
    const turnsOfDelay = DELAY_MS / turnMs;
    let nowMs = 0;
    let waiting = 0;
    let timers: { readonly atMs: number; readonly target: TimerTarget }[] = [];
    // What is due fires once a turn, however long it lasts.
    const queue = new FinishedQueue(DELAY_MS, {
      now: () => nowMs,
      schedule: (delayMs, target) => {
        timers.push({ atMs: nowMs + delayMs, target: target as TimerTarget });

        return { cancel: () => {}, name: "", nextOfOwner: undefined };
      },
    });

    for (let turn = 0; turn < 2 * turnsOfDelay; turn++) {
      const due = timers.filter(({ atMs }) => atMs <= nowMs);

      timers = timers.filter(({ atMs }) => atMs > nowMs);

      for (const { target } of due) {
        target.timerExpired({ cancel: () => {}, name: "", nextOfOwner: undefined });
      }

      for (let i = 0; i < perTurn; i++) {
        waiting++;
        queue.add(new Finished(() => waiting--));
      }

      nowMs += turnMs;
      assert.ok(waiting <= (turnsOfDelay + SPAN_MS / turnMs) * perTurn, `${waiting} wait in turn ${turn}`);
    }
  });

  it("are told to end early oldest first; those that ended otherwise are passed over", () => {
    const { clock, queue, ended, add } = start();

    const first = add("a");

    add("b");
    clock.advance(1_000);
    add("c");
    first.isEnded = true;
    assert.equal(queue.oldestMs, 0);
    queue.endOldest();
    queue.endOldest();
    queue.endOldest();
    assert.deepEqual(ended, ["b at 1000", "c at 1000"]);
    assert.equal(queue.oldestMs, undefined);
    add("d");
    clock.advance(2 * DELAY_MS);
    assert.deepEqual(ended.slice(2), ["d at 33000"]);
  });

  it("are not lost when one that is told throws", () => {
    const { clock, queue, ended, add } = start();

    queue.add(
      new Finished(() => {
        throw new Error("from a user");
      }),
    );
    add("b");
    assert.throws(() => clock.advance(DELAY_MS), /from a user/);
    clock.advance(100);
    assert.equal(ended.length, 1);
  });

  it("are forgotten with their timer", () => {
    const { clock, queue, ended, add } = start();

    add("a");
    queue.clear();
    assert.equal(clock.pendingCount, 0);
    clock.advance(2 * DELAY_MS);
    assert.deepEqual(ended, []);
  });
});
