import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { SystemClock } from "../../../src/util/system-clock.ts";

const clock = new SystemClock();

function wait(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve);
  });
}

describe("SystemClock", () => {
  after(() => clock.close());

  it("fires once, not before its time and never in the same turn", async () => {
    const start = clock.now();
    let calls = 0;

    await new Promise<void>((resolve) => {
      clock.schedule(20, () => {
        calls++;
        resolve();
      });
      assert.equal(calls, 0);
    });

    assert.ok(clock.now() - start >= 20);
    await wait(30);
    assert.equal(calls, 1);
  });

  it("fires timers of one length in the order in which they were started", async () => {
    const order: number[] = [];

    for (let i = 0; i < 100; i++) {
      clock.schedule(10, () => order.push(i));
    }

    await wait(10);
    assert.deepEqual(
      order,
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it("a cancelled timer does not fire, whatever its place in the list", async () => {
    const fired: string[] = [];
    const timers = ["a", "b", "c", "d", "e"].map((name) => clock.schedule(10, () => fired.push(name)));

    for (const index of [0, 2, 4, 4]) {
      timers[index]?.cancel();
    }

    await wait(10);
    assert.deepEqual(fired, ["b", "d"]);
    timers[1]?.cancel();
  });

  it("a timer started when a list has emptied fires in time", async () => {
    clock.schedule(15, () => assert.fail("it was cancelled")).cancel();

    const start = clock.now();

    await wait(15);
    assert.ok(clock.now() - start >= 15);
  });

  it("a timer cancelled by one that fires before it in the same turn does not fire", async () => {
    const fired: string[] = [];

    clock.schedule(10, () => {
      fired.push("first");
      second.cancel();
    });

    const second = clock.schedule(10, () => fired.push("second"));

    await wait(10);
    assert.deepEqual(fired, ["first"]);
  });

  it("a timer started by one that fires does not delay those that wait already", async () => {
    const delayMs = 200;
    let startedAt = 0;
    const later = new Promise<number>((resolve) => {
      clock.schedule(delayMs, () => clock.schedule(delayMs, () => {}));
      clock.schedule(5, () => {
        startedAt = clock.now();
        clock.schedule(delayMs, () => resolve(clock.now() - startedAt));
      });
    });
    const took = await later;

    assert.ok(took >= delayMs && took < 350, `took ${took} ms`);
  });

  it("a delay of zero, below zero or of no number still waits for a later turn", async () => {
    for (const delayMs of [0, -5, Number.NaN]) {
      let fired = false;
      const promise = new Promise<void>((resolve) => {
        clock.schedule(delayMs, () => {
          fired = true;
          resolve();
        });
      });

      assert.equal(fired, false);
      await promise;
    }
  });

  it("a delay beyond the runtime's longest does not fire at once", async () => {
    const timer = clock.schedule(2 ** 40, () => assert.fail("fired 35 years early"));

    await wait(10);
    timer.cancel();
  });

  it("close forgets every timer, and later ones work", async () => {
    const closed = new SystemClock();

    closed.schedule(5, () => assert.fail("it was forgotten"));
    closed.close();

    await new Promise<void>((resolve) => {
      closed.schedule(10, resolve);
    });
  });

  /** Runs the text in a process of its own, with a `clock`; returns what it printed. */
  function run(text: string): string {
    const path = join(import.meta.dirname, "../../../src/util/system-clock.ts");
    const script = `import { SystemClock } from ${JSON.stringify(path)}; const clock = new SystemClock(); ${text}`;
    const result = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      encoding: "utf8",
      timeout: 20_000,
    });

    assert.equal(result.status, 0, result.stderr);

    return result.stdout;
  }

  it("a callback that throws takes no other timer with it", () => {
    const printed = run(`
      process.on("uncaughtException", (error) => console.log(error.message));
      clock.schedule(5, () => { throw new Error("thrown"); });
      clock.schedule(5, () => console.log("second"));
    `);

    assert.equal(printed, "thrown\nsecond\n");
  });

  it("pending timers keep the process alive, cancelled ones do not", () => {
    assert.equal(run(`clock.schedule(50, () => console.log("fired"));`), "fired\n");
    assert.equal(run(`clock.schedule(3600000, () => {}).cancel();`), "");
    assert.equal(
      run(`clock.schedule(50, () => {}).cancel(); clock.schedule(50, () => console.log("fired"));`),
      "fired\n",
    );
  });
});
