/** Finished transactions that are found again, and end one after the other without a timer of their own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { FinishedPart } from "../../../src/transaction/finished-batch.ts";
import { FinishedStore } from "../../../src/transaction/finished-store.ts";
import type { FinishedTransaction } from "../../../src/transaction/finished-transaction.ts";
import type { TransactionKind } from "../../../src/transaction/transaction-counts.ts";
import type { TimerTarget } from "../../../src/util/clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";

const DELAY_MS = 32_000;
const SPAN_MS = 1_000;
const FLOW = new MemoryFlow();

function part(tableNumber: number, kind: TransactionKind = "invite_server", isFlagged = false): FinishedPart {
  return { kind, tableNumber, flow: FLOW, responsesToSourcePort: isFlagged };
}

/** A user by whose name the end is noted. */
function named(name: string) {
  return { name, transactionCanceled: () => undefined, transactionTerminated: () => undefined };
}

function start() {
  const clock = new FakeClock();
  const ended: string[] = [];
  const store = new FinishedStore(DELAY_MS, clock, (user) => {
    ended.push(`${(user as ReturnType<typeof named>).name} at ${clock.now()}`);
  });
  const add = (name: string, tableNumber = 7): FinishedTransaction =>
    store.add(part(tableNumber), name, `text of ${name}`, named(name));
  const find = (name: string, tableNumber = 7, kind: TransactionKind = "invite_server") =>
    store.find(kind, tableNumber, (key) => key, name);

  return { clock, store, ended, add, find };
}

describe("finished transactions in a store", () => {
  it("are found by kind, number and key, with all that was kept of them", () => {
    const { store, find } = start();
    const user = named("a");

    store.add(part(7), "a", "text of a", user);
    store.add(part(7, "non_invite_server", true), "a", "another text, as it is: \xff", undefined);
    store.add(part(7), "b", "", undefined);

    const found = find("a");
    const other = find("a", 7, "non_invite_server");

    assert.equal(found?.text, "text of a");
    assert.equal(found.key, "a");
    assert.equal(found.user, user);
    assert.equal(found.flow, FLOW);
    assert.equal(found.responsesToSourcePort, false);
    assert.equal(other?.text, "another text, as it is: \xff");
    assert.equal(other.user, undefined);
    assert.equal(other.responsesToSourcePort, true);
    assert.equal(find("b")?.text, "");
    assert.equal(find("c"), undefined);
    assert.equal(find("a", 8), undefined);
    assert.equal(find("a", 7, "invite_client"), undefined);
    assert.equal(store.size, 3);
  });

  it("are found among thousands until they end, whatever their numbers", () => {
    for (const spread of [1, 97, 2 ** 20]) {
      const { clock, store, find, add } = start();
      const count = 3_000;
      const step = 20;

      for (let i = 0; i < count; i++) {
        add(String(i), (i * 7_919) % spread);
        clock.advance(step);
      }

      const oldest = count - DELAY_MS / step;

      for (let i = 0; i < count; i++) {
        const found = find(String(i), (i * 7_919) % spread);

        // Those of a batch end when the time of its last one is over.
        if (i >= oldest) {
          assert.equal(found?.text, `text of ${i}`);
        } else if (i < oldest - SPAN_MS / step - 1) {
          assert.equal(found, undefined);
        }
      }

      assert.ok(store.size >= count - oldest && store.size <= count - oldest + SPAN_MS / step + 1);
      clock.advance(DELAY_MS + SPAN_MS);
      assert.equal(store.size, 0);
      assert.equal(store.usedBytes, 0);
    }
  });

  it("may have texts of any length", () => {
    const { find, store } = start();
    const lengths = [0, 1, 1023, 1024, 70_000, 3, 1_000_000];

    for (const length of lengths) {
      store.add(part(7), String(length), "x".repeat(length), undefined);
    }

    for (const length of lengths) {
      assert.equal(find(String(length))?.text.length, length);
    }

    assert.ok(store.usedBytes > 1_072_000 && store.usedBytes < 1_072_200);
  });

  it("tell their users no more once they were abandoned or have another", () => {
    const { clock, ended, add, find, store } = start();
    const first = add("a");
    const second = add("b");

    first.abandon();
    first.abandon();
    assert.equal(first.isEnded, true);
    assert.equal(store.size, 1);
    assert.equal(find("a"), undefined);
    first.setUser(named("late"));
    assert.equal(first.user, undefined);
    second.setUser(named("c"));
    clock.advance(DELAY_MS + SPAN_MS);
    assert.deepEqual(ended, ["c at 32000"]);
    assert.equal(second.isEnded, true);
    // Whoever still holds one holds nothing of the others.
    assert.equal(second.flow, undefined);
    assert.equal(second.text, "");
  });

  it("end when their time is over, and leave no timer behind", () => {
    const { clock, ended, add } = start();

    add("a");
    clock.advance(DELAY_MS - 1);
    assert.deepEqual(ended, []);
    clock.advance(1);
    assert.deepEqual(ended, ["a at 32000"]);
    assert.equal(clock.pendingCount, 0);
  });

  it("end in their order, never early, at most a second later", () => {
    const { clock, store, ended, add } = start();
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

    assert.equal(store.oldestMs, undefined);
  });

  it("that begin within a second share one wake-up", () => {
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

  it("end 2,048 at a time, so that nothing waits for long", () => {
    const { clock, ended, add } = start();

    for (let i = 0; i < 8_000; i++) {
      add(String(i));
    }

    clock.advance(DELAY_MS - 1);
    assert.equal(ended.length, 0);

    for (let wakeUps = 0; ended.length < 8_000; wakeUps++) {
      const before: number = ended.length;

      assert.ok(wakeUps < 40);
      clock.advance(1);
      assert.ok(ended.length - before <= 2_048);
    }
  });

  it("that linger for 5 seconds end within another one", () => {
    const clock = new FakeClock();
    const store = new FinishedStore(5_000, clock, () => undefined);

    store.add(part(1), "a", "", undefined);
    clock.advance(1_000);
    store.add(part(2), "b", "", undefined);
    clock.advance(1);
    store.add(part(3), "c", "", undefined);
    clock.advance(4_998);
    assert.equal(store.size, 3);
    clock.advance(1);
    assert.equal(store.size, 1);
    clock.advance(1);
    assert.equal(store.size, 0);
  });

  it("do not pile up where turns of the event loop are long", () => {
    const turnMs = 50;
    const perTurn = 3_000;
    const turnsOfDelay = DELAY_MS / turnMs;
    let nowMs = 0;
    let timers: { readonly atMs: number; readonly target: TimerTarget }[] = [];
    // What is due fires once a turn, however long it lasts.
    const clock = {
      now: () => nowMs,
      schedule: (delayMs: number, target: (() => void) | TimerTarget) => {
        timers.push({ atMs: nowMs + delayMs, target: target as TimerTarget });

        return { cancel: () => {}, name: "", nextOfOwner: undefined };
      },
    };
    const store = new FinishedStore(DELAY_MS, clock, () => undefined);

    for (let turn = 0; turn < 2 * turnsOfDelay; turn++) {
      const due = timers.filter(({ atMs }) => atMs <= nowMs);

      timers = timers.filter(({ atMs }) => atMs > nowMs);

      for (const { target } of due) {
        target.timerExpired({ cancel: () => {}, name: "", nextOfOwner: undefined });
      }

      for (let i = 0; i < perTurn; i++) {
        store.add(part(turn * perTurn + i), "", "", undefined);
      }

      nowMs += turnMs;
      assert.ok(
        store.size <= (turnsOfDelay + SPAN_MS / turnMs) * perTurn,
        `${store.size} wait in turn ${turn}`,
      );
    }
  });

  it("let go of all that came later, whoever still holds one", () => {
    const { clock, store, add } = start();
    const held = add("a");
    const { batch } = held as unknown as { batch: { next: unknown } };

    clock.advance(2 * SPAN_MS);
    add("b");
    assert.notEqual(batch.next, undefined);
    clock.advance(DELAY_MS - SPAN_MS);
    assert.equal(held.isEnded, true);
    assert.equal(batch.next, undefined);
    assert.equal(store.size, 1);
    clock.advance(DELAY_MS);
    assert.equal(store.size, 0);
    assert.equal(store.oldestMs, undefined);
  });

  it("with large texts are in many batches, whose memory is free one after the other", () => {
    const { clock, store } = start();
    const before = process.memoryUsage().arrayBuffers;

    for (let i = 0; i < 1_000; i++) {
      store.add(part(i), "", "x".repeat(64 * 1024), undefined);

      if (i >= 100) {
        store.endOldest();
      }
    }

    assert.equal(store.size, 100);
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
    // 100 of them are 6.4 MB, and the batches at both ends may be in use in part.
    assert.ok(process.memoryUsage().arrayBuffers - before < 12_000_000);
    clock.advance(2 * DELAY_MS);
    assert.equal(store.usedBytes, 0);
  });

  it("are not lost when one that is told throws", () => {
    const clock = new FakeClock();
    const store = new FinishedStore(DELAY_MS, clock, () => {
      throw new Error("from a user");
    });

    store.add(part(7), "a", "", named("a"));
    store.add(part(8), "b", "", undefined);
    assert.throws(() => clock.advance(DELAY_MS), /from a user/);
    clock.advance(100);
    assert.equal(store.size, 0);
    store.add(part(7), "c", "", undefined);
    clock.advance(2 * DELAY_MS);
    assert.equal(store.size, 0);
  });

  it("that are added while others end do not put off the next to end", () => {
    const clock = new FakeClock();
    const ends: string[] = [];
    const store = new FinishedStore(DELAY_MS, clock, (user) => {
      const { name } = user as ReturnType<typeof named>;

      ends.push(`${name} at ${clock.now()}`);

      if (name === "a") {
        store.add(part(9), "c", "", named("c"));
      }
    });

    store.add(part(7), "a", "", named("a"));
    clock.advance(2_000);
    store.add(part(8), "b", "", named("b"));
    clock.advance(2 * DELAY_MS);
    assert.deepEqual(ends, ["a at 32000", "b at 34000", "c at 64000"]);
    assert.equal(clock.pendingCount, 0);
  });

  it("are told to end early oldest first; those that ended otherwise are passed over", () => {
    const { clock, store, ended, add } = start();

    const first = add("a");

    add("b");
    clock.advance(1_000);
    add("c");
    first.abandon();
    assert.equal(store.oldestMs, 0);
    store.endOldest();
    store.endOldest();
    store.endOldest();
    assert.deepEqual(ended, ["b at 1000", "c at 1000"]);
    assert.equal(store.oldestMs, undefined);
    add("d");
    clock.advance(2 * DELAY_MS);
    assert.deepEqual(ended.slice(2), ["d at 33000"]);
  });

  it("are forgotten with their timer", () => {
    const { clock, store, ended, add, find } = start();

    add("a");
    store.clear();
    assert.equal(clock.pendingCount, 0);
    assert.equal(store.size, 0);
    assert.equal(store.oldestMs, undefined);
    assert.equal(find("a"), undefined);
    clock.advance(2 * DELAY_MS);
    assert.deepEqual(ended, []);
  });
});
