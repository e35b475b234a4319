/** Waiting for user code: reports by name, limits, what is done with failures. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { CallbackRunner, callbackName } from "../../../src/app/callback-runner.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";

const NEVER = new Promise<void>(() => undefined);

describe("a callback outside of traffic", () => {
  let clock: FakeClock;
  let logger: RecordingLogger;
  let runner: CallbackRunner;

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordingLogger();
    runner = new CallbackRunner(logger, clock);
  });

  it("is awaited", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isDone = false;
    const run = runner
      .run("name", () => promise)
      .then(() => {
        isDone = true;
      });

    await Promise.resolve();
    assert.equal(isDone, false);
    resolve();
    await run;
    assert.equal(clock.pendingCount, 0);
  });

  it("rejects with what it throws and with what it rejects with", async () => {
    const error = new Error("no");

    await assert.rejects(
      runner.run("name", () => {
        throw error;
      }),
      error,
    );
    await assert.rejects(
      runner.run("name", () => Promise.reject(error)),
      error,
    );
    assert.equal(clock.pendingCount, 0);
  });

  it("is reported by name every 10 s while it has not settled", () => {
    void runner.run("systemEvents.onInitialize", () => NEVER);
    clock.advance(9_999);
    assert.deepEqual(logger.textsOf("warn"), []);
    clock.advance(1);
    clock.advance(20_000);
    assert.deepEqual(
      logger.textsOf("warn"),
      [10, 20, 30].map(
        (seconds) => `systemEvents.onInitialize has not finished after ${seconds} s: still waiting`,
      ),
    );
  });

  it("is waited for no longer than its limit", async () => {
    const run = runner.run("name", () => NEVER, 25_000);

    clock.advance(24_999);
    assert.deepEqual(logger.textsOf("error"), []);
    clock.advance(1);
    assert.equal(await run, "given-up");
    assert.deepEqual(logger.textsOf("error"), ["name has not finished after 25 s: no longer waited for"]);
    assert.equal(clock.pendingCount, 0);
  });

  it("is logged when it fails after it was given up", async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    const run = runner.run("name", () => promise, 1_000);

    clock.advance(1_000);
    await run;
    reject(new Error("late"));
    await promise.catch(() => undefined);
    assert.equal(logger.textsOf("error").at(-1), "late");
  });

  it("is named by its own name and its place", () => {
    assert.equal(
      callbackName("onStarted", { name: "connect" }, 1),
      "systemCallbacks.onStarted callback 2 (connect)",
    );
    assert.equal(callbackName("onReload", { name: "" }, 0), "systemCallbacks.onReload callback 1");
  });
});
