/** A logger whose lines a test reads. */
import { createLogger, type LoggerOptions } from "../../src/log/create-logger.ts";
import type { RootLogger } from "../../src/log/logger.ts";
import { FakeClock } from "./fake-clock.ts";

export interface LogLines {
  readonly logger: RootLogger;
  /** Everything written so far, line by line. */
  lines(): string[];
  /** Everything written so far. */
  text(): string;
}

/** Level debug and pretty lines at 2026-01-02 03:04:05.006 local time, unless told otherwise. */
export function makeLogLines(options: Partial<LoggerOptions> = {}): LogLines {
  let written = "";
  const logger = createLogger({
    level: "debug",
    format: "pretty",
    clock: new FakeClock(),
    now: () => new Date(2026, 0, 2, 3, 4, 5, 6).getTime(),
    environment: {},
    destination: {
      write: (text) => {
        written += text;
      },
    },
    ...options,
  });

  return {
    logger,
    text: () => written,
    lines: () => (written === "" ? [] : written.replace(/\n$/, "").split("\n")),
  };
}
