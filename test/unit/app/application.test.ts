/** One server over stand-ins for its layers: what is done when, and what is undone when a step fails. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { SystemCallbacks } from "../../../src/api/system-callbacks.ts";
import { Application } from "../../../src/app/application.ts";
import { StartAbandonedError } from "../../../src/app/lifecycle.ts";
import type { ServerParts } from "../../../src/app/server-parts.ts";
import { ConfigurationError } from "../../../src/errors/errors.ts";
import type { RootLogger } from "../../../src/log/logger.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { UserFiles } from "../../support/user-files.ts";

class RecordingRootLogger extends RecordingLogger implements RootLogger {
  readonly level = "debug";
  setLevel(): void {}
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const LOGIC = `
import { say, systemCallbacks } from "oversip";
say("server.ts");
systemCallbacks.onStarted(() => say("onStarted callback"));
systemCallbacks.onReload(() => say("onReload callback"));
systemCallbacks.onTerminated((error) => say("onTerminated callback " + error));
export const systemEvents = {
  onInitialize: () => say("onInitialize"),
  onStarted: () => say("onStarted"),
  onTerminated: (error) => say("onTerminated " + error),
};
`;

describe("one server", () => {
  let files: UserFiles;
  let steps: string[];
  let logger: RecordingRootLogger;
  let failing: string | undefined;
  let application: Application;

  const say = (text: string): void => {
    steps.push(text);

    if (text === failing) {
      throw new Error(`${text} failed`);
    }
  };

  /** Waits until that many reloads have ended. */
  const reloadEnded = async (count: number): Promise<void> => {
    while (steps.filter((step) => step === "ready").length < count) {
      await setTimeout(1);
    }
  };

  const makeInterface = (systemCallbacks: SystemCallbacks): object => ({ say, systemCallbacks });

  beforeEach(() => {
    files = new UserFiles({ "oversip.conf": "", "server.ts": LOGIC });
    steps = [];
    failing = undefined;
    logger = new RecordingRootLogger();

    const parts: ServerParts = {
      environment: {} as ServerParts["environment"],
      listeningPoints: [],
      activeTransactionCount: 0,
      bind: async () => say("bind"),
      whenIdle: async () => say("idle"),
      stopListening: () => say("stopListening"),
      applyFiles: () => say("applyFiles"),
      reloadEnded: () => undefined,
      close: async () => say("close"),
    };

    application = new Application({
      configDir: files.directory,
      configFile: "oversip.conf",
      version: "1.0.0",
      clock: new FakeClock(),
      createLogger: () => logger,
      createParts: () => Promise.resolve(parts),
      createInterface: makeInterface,
      bound: () => say("rights and PID file"),
      report: (problem) => say(`report ${problem}`),
      announce: (phase) => say(phase),
      failed: () => void application.stop(true),
    });
  });

  afterEach(() => files[Symbol.dispose]());

  const START = [
    "server.ts",
    "bind",
    "rights and PID file",
    "onInitialize",
    "onStarted callback",
    "onStarted",
  ];
  const STOP = ["stopListening", "idle", "onTerminated false", "onTerminated callback false", "close"];

  it("starts: server.ts, sockets, rights and PID file, then the callbacks; stops in its own order", async () => {
    await application.start();
    assert.deepEqual(steps.splice(0), START);
    assert.equal(application.facts.status, "running");
    await Promise.all([application.stop(), application.stop()]);
    assert.deepEqual(steps, STOP);
    assert.equal(application.facts.status, "terminating");
  });

  for (const [index, step] of START.entries()) {
    it(`whose start fails at "${step}" calls nothing more, closes what it opened, and calls nothing at its stop`, async () => {
      failing = step;
      await assert.rejects(application.start());
      assert.deepEqual(steps, [...START.slice(0, index + 1), ...(index === 0 ? [] : ["close"])]);
      steps.length = 0;
      await application.stop();
      assert.ok(!steps.some((text) => text.startsWith("onTerminated")), steps.join());
    });
  }

  it("whose configuration is wrong loads no code", async () => {
    files.write("proxies.conf", "default_proxy:\n  nonsense: 1\n");
    await assert.rejects(application.start(), ConfigurationError);
    assert.deepEqual(steps, []);
  });

  it("that is stopped while it is started is closed, without a callback", async () => {
    const start = application.start();

    await application.stop();
    await assert.rejects(start, StartAbandonedError);
    assert.ok(!steps.some((text) => text.startsWith("on")), steps.join());
  });

  it("that dies of an error of its own gives error true to what is called at the end, and logs it", async () => {
    await application.start();
    steps.length = 0;
    application.fail(new Error("broken"));
    await application.stop();
    assert.deepEqual(
      steps,
      STOP.map((step) => step.replace("false", "true")),
    );
    assert.deepEqual(logger.textsOf("crit"), ["broken"]);
  });

  it("reloads: files put into force, then the callbacks", async () => {
    await application.start();
    steps.length = 0;
    await application.reload();
    assert.deepEqual(steps, ["reloading", "server.ts", "applyFiles", "onReload callback", "ready"]);
  });

  it("whose certificates are refused by the transports keeps its old logic", async () => {
    await application.start();
    files.write("server.ts", LOGIC.replace(`"onReload callback"`, `"new onReload callback"`));
    failing = "applyFiles";
    steps.length = 0;
    await application.reload();
    assert.deepEqual(steps, ["reloading", "server.ts", "applyFiles", "ready"]);
    files.write("server.ts", "export const = 1;");
    failing = undefined;
    await application.reload();
    await application.stop();
    assert.equal(steps.filter((text) => text === "onTerminated callback false").length, 1);
  });

  it("reloads once it runs when it is asked to before, and no more when it is being stopped", async () => {
    await application.reload();
    await application.start();
    // Asks for one more after the one that is under way by now.
    await application.reload();
    await reloadEnded(2);
    assert.equal(steps.filter((step) => step === "onReload callback").length, 2);
    steps.length = 0;
    await application.stop();
    await application.reload();
    await application.userReload();
    assert.deepEqual(steps, STOP);
  });

  it("tells the programming interface what it knows, when it knows it", async () => {
    assert.throws(() => application.facts.configuration, { code: "OVERSIP_ERR_INVALID_STATE" });
    assert.throws(() => application.facts.environment, { code: "OVERSIP_ERR_INVALID_STATE" });
    assert.throws(() => application.facts.logger, { code: "OVERSIP_ERR_INVALID_STATE" });
    await application.start();
    assert.equal(application.facts.configuration.sip.listenPort, 5060);
    assert.ok(application.facts.profiles.has("default_proxy"));
    assert.equal(application.facts.version, "1.0.0");
  });
});
