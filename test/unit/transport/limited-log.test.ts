import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Logger } from "../../../src/log/logger.ts";
import { LimitedLog } from "../../../src/transport/limited-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";

describe("LimitedLog", () => {
  it("writes so many lines of a kind in an interval, and afterwards how many it left out", () => {
    const clock = new FakeClock();
    const logger = new RecordingLogger();
    const log = new LimitedLog(logger, clock, { maxLines: 2, intervalMs: 1000 });

    for (let index = 0; index < 10; index++) {
      log.write("warn", "flood", "flood", { index });
    }

    log.write("info", "other", "other", {});
    clock.advance(999);
    log.write("warn", "flood", "flood", { index: 10 });
    clock.advance(1);
    log.write("warn", "flood", "flood", { index: 11 });
    log.write("warn", "flood", "flood", { index: 12 });

    assert.deepEqual(
      logger.lines.map(({ level, text, fields }) => [level, text, fields]),
      [
        ["warn", "flood", { index: 0 }],
        ["warn", "flood", { index: 1 }],
        ["info", "other", {}],
        ["warn", "flood", { index: 11, suppressedLines: 9 }],
        ["warn", "flood", { index: 12 }],
      ],
    );
  });

  it("a level that is off costs and counts nothing", () => {
    const lines: string[] = [];
    const logger: Logger = {
      debug: (text) => void lines.push(String(text)),
      info: () => {},
      notice: () => {},
      warn: () => {},
      error: () => {},
      crit: () => {},
      isEnabled: () => false,
      child: () => logger,
    };

    new LimitedLog(logger, new FakeClock()).write("debug", "kind", "line", {});
    assert.deepEqual(lines, []);
  });
});
