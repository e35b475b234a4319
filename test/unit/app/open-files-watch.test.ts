/** When it is told that no more files, and so connections, can be opened. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OpenFilesWatch } from "../../../src/app/open-files-watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";

const MINUTE_MS = 60_000;

class WatchedProcess {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly watch: OpenFilesWatch;
  connections = 0;
  failure: string | undefined;

  constructor(limit: number | undefined) {
    this.watch = new OpenFilesWatch({
      clock: this.clock,
      logger: this.logger,
      limit,
      otherFiles: 50,
      connectionCount: () => this.connections,
      probe: () => {
        if (this.failure !== undefined) {
          throw Object.assign(new Error("no"), { code: this.failure });
        }
      },
    });
    this.watch.start();
  }

  /** Warnings that are written in a minute with so many connections. */
  warningsWith(connections: number): number {
    const before = this.logger.textsOf("warn").length;

    this.connections = connections;
    this.clock.advance(MINUTE_MS);

    return this.logger.textsOf("warn").length - before;
  }
}

describe("the watch of open files", () => {
  it("warns once at 90 % of the limit, and again only after it went below 80 %", () => {
    const process = new WatchedProcess(1000);

    assert.deepEqual(
      [849, 850, 950, 760, 850, 749, 850].map((connections) => process.warningsWith(connections)),
      [0, 1, 0, 0, 0, 0, 1],
    );
    assert.match(
      process.logger.textsOf("warn")[0] ?? "",
      /^850 connections are open, and at most 1000 files/,
    );
    assert.deepEqual(process.logger.textsOf("error"), []);
  });

  it("without a known limit warns of no number", () => {
    assert.equal(new WatchedProcess(undefined).warningsWith(1_000_000), 0);
  });

  for (const code of ["EMFILE", "ENFILE"]) {
    it(`${code}: an error is written, once a minute while it lasts`, () => {
      const process = new WatchedProcess(undefined);

      process.failure = code;
      process.clock.advance(MINUTE_MS);
      assert.equal(process.logger.textsOf("error").length, 1);
      assert.match(process.logger.textsOf("error")[0] ?? "", new RegExp(`no more files .*${code}`));
      process.clock.advance(2 * MINUTE_MS);
      assert.equal(process.logger.textsOf("error").length, 3);
      process.failure = undefined;
      process.clock.advance(2 * MINUTE_MS);
      assert.equal(process.logger.textsOf("error").length, 3);
    });
  }

  it("another failure of the probe says nothing of the limit", () => {
    const process = new WatchedProcess(1000);

    process.failure = "ENOENT";
    process.clock.advance(MINUTE_MS);
    assert.deepEqual(process.logger.textsOf("error"), []);
  });

  it("no timer is left when it is stopped", () => {
    const process = new WatchedProcess(1000);

    assert.equal(process.clock.pendingCount, 1);
    process.clock.advance(MINUTE_MS);
    assert.equal(process.clock.pendingCount, 1);
    process.watch.stop();
    assert.equal(process.clock.pendingCount, 0);
  });
});
