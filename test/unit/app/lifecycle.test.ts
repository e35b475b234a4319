/** The order of start and stop, and each step failing. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { SystemEvents } from "../../../src/api/events.ts";
import { SystemCallbackRegistry } from "../../../src/api/system-callbacks.ts";
import { CallbackRunner } from "../../../src/app/callback-runner.ts";
import { Lifecycle, StartAbandonedError, StartError } from "../../../src/app/lifecycle.ts";
import { ServerState } from "../../../src/app/server-state.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";

const NEVER = new Promise<void>(() => undefined);

describe("the life of a server", () => {
  let calls: string[];
  let clock: FakeClock;
  let logger: RecordingLogger;
  let state: ServerState;
  let registry: SystemCallbackRegistry;
  let systemEvents: SystemEvents;
  let idle: Promise<void>;
  let lifecycle: Lifecycle;

  const note = (text: string): void => {
    calls.push(`${text} (${state.status})`);
  };

  beforeEach(() => {
    calls = [];
    clock = new FakeClock();
    logger = new RecordingLogger();
    state = new ServerState();
    registry = new SystemCallbackRegistry();
    idle = Promise.resolve();
    systemEvents = {
      onInitialize: () => note("onInitialize"),
      onStarted: () => note("onStarted"),
      onUserReload: () => note("onUserReload"),
      onTerminated: (error) => note(`onTerminated ${error}`),
    };

    for (const name of ["first", "second"]) {
      registry.forPackages().onStarted(() => note(`${name} started`));
      registry.forPackages().onReload(() => note(`${name} reload`));
      registry.forPackages().onTerminated((error) => note(`${name} terminated ${error}`));
    }

    lifecycle = new Lifecycle({
      logger,
      clock,
      state,
      runner: new CallbackRunner(logger, clock),
      systemCallbacks: registry,
      handlers: () => ({ systemEvents, sipEvents: {}, webSocketEvents: {} }),
      traffic: {
        stopListening: () => note("stopListening"),
        activeTransactionCount: 3,
        whenIdle: () => idle,
      },
      shutdownTimeoutMs: 5_000,
    });
  });

  it("starts in this order: onInitialize, onStarted callbacks in order, onStarted, running", async () => {
    await lifecycle.start();
    assert.deepEqual(calls, [
      "onInitialize (loading)",
      "first started (loading)",
      "second started (loading)",
      "onStarted (loading)",
    ]);
    assert.equal(state.status, "running");
  });

  it("awaits each step of the start before the next", async () => {
    const gate = Promise.withResolvers<void>();

    systemEvents.onInitialize = () => gate.promise;

    const start = lifecycle.start();

    await nextTurn();
    assert.deepEqual(calls, []);
    gate.resolve();
    await start;
    assert.equal(calls.length, 3);
  });

  for (const failure of ["throws", "rejects"] as const) {
    const fail = (): Promise<void> => {
      if (failure === "throws") {
        throw new Error("no");
      }

      return Promise.reject(new Error("no"));
    };

    it(`onInitialize ${failure}: the start fails and nothing else is called`, async () => {
      systemEvents.onInitialize = fail;
      await assert.rejects(lifecycle.start(), {
        name: "StartError",
        message: "systemEvents.onInitialize failed: no",
      });
      assert.deepEqual(calls, []);
      assert.equal(state.status, "loading");
    });

    it(`an onStarted callback ${failure}: the start fails before those after it`, async () => {
      registry.forPackages().onStarted(fail);
      registry.forPackages().onStarted(() => note("never"));
      await assert.rejects(lifecycle.start(), StartError);
      assert.deepEqual(calls.slice(1), ["first started (loading)", "second started (loading)"]);
    });

    it(`onStarted ${failure}: the start fails`, async () => {
      systemEvents.onStarted = fail;
      await assert.rejects(lifecycle.start(), { message: "systemEvents.onStarted failed: no" });
      assert.equal(state.status, "loading");
    });

    it(`onTerminated ${failure}: it is logged and the rest still run`, async () => {
      systemEvents.onTerminated = fail;
      await lifecycle.terminate(false);
      assert.deepEqual(calls.slice(1), [
        "second terminated false (terminating)",
        "first terminated false (terminating)",
      ]);
      assert.deepEqual(logger.textsOf("error"), ["no"]);
    });

    it(`an onTerminated callback ${failure}: it is logged and the rest still run`, async () => {
      registry.forPackages().onTerminated(fail);
      await lifecycle.terminate(false);
      assert.equal(calls.length, 4);
      assert.deepEqual(logger.textsOf("error"), ["no"]);
    });

    it(`an onReload callback ${failure}: it is logged and the rest still run`, async () => {
      const owner = {};

      registry.forOwner(owner).onReload(fail);
      registry.activate(owner);
      registry.forPackages().onReload(() => note("third reload"));
      await lifecycle.reloaded();
      assert.deepEqual(calls, [
        "first reload (loading)",
        "second reload (loading)",
        "third reload (loading)",
      ]);
      assert.deepEqual(logger.textsOf("error"), ["no"]);
    });

    it(`onUserReload ${failure}: it is logged`, async () => {
      systemEvents.onUserReload = fail;
      await lifecycle.userReload();
      assert.deepEqual(logger.textsOf("error"), ["no"]);
      assert.equal(logger.lines.at(-1)?.fields["callback"], "systemEvents.onUserReload");
    });
  }

  it("a start that is overtaken by a stop calls nothing more and never runs", async () => {
    systemEvents.onInitialize = () => state.enterTerminating();
    await assert.rejects(lifecycle.start(), StartAbandonedError);
    assert.deepEqual(calls, []);
    assert.equal(state.status, "terminating");
  });

  for (const error of [false, true]) {
    it(`stops in this order: onTerminated, callbacks in reverse, each given error ${error}`, async () => {
      await lifecycle.start();
      calls.length = 0;
      await lifecycle.terminate(error);
      assert.deepEqual(calls, [
        "stopListening (terminating)",
        `onTerminated ${error} (terminating)`,
        `second terminated ${error} (terminating)`,
        `first terminated ${error} (terminating)`,
      ]);
    });
  }

  it("gives transactions under way core.shutdown_timeout to end", async () => {
    idle = NEVER;

    const end = lifecycle.terminate(false);

    await nextTurn();
    clock.advance(4_999);
    await nextTurn();
    assert.equal(calls.length, 1);
    clock.advance(1);
    await end;
    assert.equal(calls.length, 4);
    assert.deepEqual(logger.textsOf("notice"), ["transactions did not end in time: 3 are dropped"]);
  });

  it("stops as soon as the transactions have ended", async () => {
    await lifecycle.terminate(false);
    assert.equal(clock.now(), 0);
    assert.equal(clock.pendingCount, 0);
  });

  it("waits 10 s at most for each callback that does not settle at stop", async () => {
    systemEvents.onTerminated = () => NEVER;
    registry.forPackages().onTerminated(() => NEVER);

    const end = lifecycle.terminate(false);

    await nextTurn();
    clock.advance(10_000);
    await nextTurn();
    clock.advance(10_000);
    await end;
    assert.deepEqual(calls.slice(1), [
      "second terminated false (terminating)",
      "first terminated false (terminating)",
    ]);
    assert.equal(logger.textsOf("error").length, 2);
  });

  it("waits 60 s at most for an onReload callback, so that another reload can follow", async () => {
    const owner = {};

    registry.forOwner(owner).onReload(() => NEVER);
    registry.activate(owner);

    const end = lifecycle.reloaded();

    await nextTurn();
    clock.advance(60_000);
    await end;
    assert.equal(logger.textsOf("error").length, 1);
  });

  it("handlers may be missing", async () => {
    systemEvents = {};
    await lifecycle.start();
    await lifecycle.userReload();
    await lifecycle.terminate(false);
    assert.deepEqual(logger.textsOf("error"), []);
  });
});
