/** One reload at a time, and what a failed one leaves. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type PreparedReload, Reloader } from "../../../src/app/reloader.ts";
import { ConfigurationError } from "../../../src/errors/errors.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";

describe("a reload", () => {
  let steps: string[];
  let logger: RecordingLogger;
  let isRunning: boolean;
  let prepare: () => Promise<PreparedReload>;
  let reloaded: () => Promise<void>;
  let reloader: Reloader;
  let outcomes: string[];

  beforeEach(() => {
    steps = [];
    outcomes = [];
    logger = new RecordingLogger();
    isRunning = true;
    prepare = () =>
      Promise.resolve({ activate: () => steps.push("activate"), discard: () => steps.push("discard") });
    reloaded = () => {
      steps.push("callbacks");

      return Promise.resolve();
    };
    reloader = new Reloader({
      logger,
      prepare: () => {
        steps.push("prepare");

        return prepare();
      },
      isWanted: () => isRunning,
      report: (problem) => steps.push(`report ${problem}`),
      reloaded: () => reloaded(),
      ended: (outcome) => outcomes.push(outcome),
      announce: (phase) => steps.push(phase),
    });
  });

  it("reads the files, puts them into force, calls the callbacks, and tells when it begins and ends", async () => {
    await reloader.reload();
    assert.deepEqual(steps, ["reloading", "prepare", "activate", "callbacks", "ready"]);
  });

  it("that fails reports each problem and changes nothing", async () => {
    prepare = () =>
      Promise.reject(
        new ConfigurationError([
          { file: "a.conf", line: 1, column: 2, key: "a.b", message: "wrong" },
          { file: "server.ts", message: "missing" },
        ]),
      );
    await reloader.reload();
    assert.deepEqual(steps, [
      "reloading",
      "prepare",
      "report a.conf:1:2: a.b: wrong",
      "report server.ts: missing",
      "ready",
    ]);
    assert.equal(logger.textsOf("error").at(-1), "not reloaded: what was in force stays in force");
  });

  it("that fails for an unforeseen reason is logged and does not keep the next one away", async () => {
    prepare = () => Promise.reject(new Error("disk"));
    await reloader.reload();
    assert.equal(logger.textsOf("error")[0], "disk");
    prepare = () => Promise.resolve({ activate: () => undefined, discard: () => undefined });
    await reloader.reload();
    assert.equal(logger.textsOf("notice").at(-1), "reloaded");
    assert.deepEqual(outcomes, ["failure", "success"]);
  });

  it("wished for any number of times during a reload happens once more after it", async () => {
    const gate = Promise.withResolvers<void>();

    reloaded = () => gate.promise;

    const first = reloader.reload();

    await Promise.all([reloader.reload(), reloader.reload(), reloader.reload()]);
    reloaded = () => Promise.resolve();
    gate.resolve();
    await first;
    assert.equal(steps.filter((step) => step === "prepare").length, 2);
    assert.equal(steps.filter((step) => step === "activate").length, 2);
  });

  it("that a stop overtakes has no effect", async () => {
    prepare = () => {
      isRunning = false;

      return Promise.resolve({
        activate: () => steps.push("activate"),
        discard: () => steps.push("discard"),
      });
    };
    await reloader.reload();
    assert.deepEqual(steps, ["reloading", "prepare", "discard"]);
  });
});
