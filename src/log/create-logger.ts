/** The logger of a running server: chooses form and target, holds the level. */
import { fstatSync } from "node:fs";
import { isatty } from "node:tty";
import type { Clock } from "../util/clock.ts";
import { DescriptorSink } from "./descriptor-sink.ts";
import { makeJsonLineWriter } from "./json-line-writer.ts";
import type { LineWriter } from "./line-writer.ts";
import type { LogSink } from "./log-sink.ts";
import type { LogLevel, RootLogger } from "./logger.ts";
import { PrettyLineWriter } from "./pretty-line-writer.ts";
import { ServerLogger } from "./server-logger.ts";
import type { SyslogFacility } from "./syslog-priority.ts";
import { SyslogSink } from "./syslog-sink.ts";

export interface LoggerOptions {
  /** Lowest level that is written. */
  readonly level: LogLevel;
  /** Default (null as well): "pretty" on a terminal and in syslog, "json" otherwise. */
  readonly format?: "pretty" | "json" | null | undefined;
  /** Default "stdout". */
  readonly target?: "stdout" | "syslog" | undefined;
  /** Default "user". */
  readonly facility?: SyslogFacility | undefined;
  /** Tag of lines in syslog. Default "oversip". */
  readonly processName?: string | undefined;
  /** False: no colours even on a terminal. Default: colours on a terminal, unless `NO_COLOR` is set. */
  readonly color?: boolean | undefined;
  /** For waiting on slow readers, and before `logger` is started again. */
  readonly clock: Clock;
  /** Gets every entry, with its line break, instead of the target; for tests. */
  readonly destination?: { write(text: string): unknown } | undefined;
  /** Milliseconds since 1970, for "pretty" lines. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

const STANDARD_OUTPUT = 1;

export function createLogger(options: LoggerOptions): RootLogger {
  const { environment = process.env, target = "stdout", destination } = options;
  const isTerminal = destination === undefined && target === "stdout" && isatty(STANDARD_OUTPUT);
  const isJournal = destination === undefined && isConnectedToJournal(environment);
  const sink = makeSink(options, isJournal);
  const isSyslog = target === "syslog" && destination === undefined;
  const format = options.format ?? (isTerminal || isSyslog ? "pretty" : "json");
  const hasNoColorWish = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  const writer: LineWriter =
    format === "json"
      ? makeJsonLineWriter(sink)
      : new PrettyLineWriter(sink, {
          hasTime: !isSyslog && !isJournal,
          hasColor: options.color ?? (isTerminal && !hasNoColorWish),
          now: options.now ?? Date.now,
        });

  return new ServerLogger({ writer, sink, level: options.level });
}

function makeSink(options: LoggerOptions, isJournal: boolean): LogSink {
  const { destination, clock } = options;

  if (destination !== undefined) {
    return {
      write: (_level, entry) => {
        destination.write(`${entry}\n`);
      },
      close: () => Promise.resolve(),
    };
  }

  const standardOutput = new DescriptorSink({
    descriptor: STANDARD_OUTPUT,
    clock,
    hasSeverityPrefix: isJournal,
  });

  if (options.target !== "syslog") {
    return standardOutput;
  }

  return new SyslogSink({
    facility: options.facility ?? "user",
    processName: options.processName ?? "oversip",
    clock,
    fallback: standardOutput,
  });
}

/** systemd.exec(5): `JOURNAL_STREAM` is "device:inode" of the stream, which may have been redirected since. */
function isConnectedToJournal(environment: Readonly<Record<string, string | undefined>>): boolean {
  const stream = environment["JOURNAL_STREAM"];

  if (stream === undefined) {
    return false;
  }

  try {
    const { dev, ino } = fstatSync(STANDARD_OUTPUT, { bigint: true });

    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
