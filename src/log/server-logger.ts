/** The `Logger` that everything logs through: asks the level first, never throws. */
import type { LineWriter } from "./line-writer.ts";
import type { LogSink } from "./log-sink.ts";
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel, type RootLogger } from "./logger.ts";

/** What a logger and all its children share. */
interface SharedState {
  level: LogLevel;
  /** Index of the level: lines of lower ones are not written. */
  threshold: number;
}

const SEVERITIES: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  info: 1,
  notice: 2,
  warn: 3,
  error: 4,
  crit: 5,
};

class LevelLogger implements Logger {
  protected readonly shared: SharedState;
  readonly #parent: LevelLogger | undefined;
  readonly #fields: LogFields;
  #writer: LineWriter | undefined;

  constructor(
    shared: SharedState,
    origin: { readonly parent: LevelLogger; readonly fields: LogFields } | { readonly writer: LineWriter },
  ) {
    this.shared = shared;
    this.#parent = "parent" in origin ? origin.parent : undefined;
    this.#fields = "parent" in origin ? origin.fields : {};
    this.#writer = "parent" in origin ? undefined : origin.writer;
  }

  debug(message: unknown, fields?: LogFields): void {
    this.#log("debug", message, fields);
  }

  info(message: unknown, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  notice(message: unknown, fields?: LogFields): void {
    this.#log("notice", message, fields);
  }

  warn(message: unknown, fields?: LogFields): void {
    this.#log("warn", message, fields);
  }

  error(message: unknown, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  crit(message: unknown, fields?: LogFields): void {
    this.#log("crit", message, fields);
  }

  isEnabled(level: LogLevel): boolean {
    return SEVERITIES[level] >= this.shared.threshold;
  }

  // PERF: a child costs one small object until its first line is written, so that each transaction may have one.
  child(fields: LogFields): Logger {
    return new LevelLogger(this.shared, { parent: this, fields });
  }

  #log(level: LogLevel, message: unknown, fields: LogFields | undefined): void {
    if (SEVERITIES[level] < this.shared.threshold) {
      return;
    }

    try {
      this.#lineWriter().write(level, message, fields);
    } catch {
      // Values that cannot be shown, such as a proxy whose traps throw: say so without them.
      this.#logWithout(level, message);
    }
  }

  #logWithout(level: LogLevel, message: unknown): void {
    try {
      const text = typeof message === "string" ? message : "(a message that cannot be shown)";

      this.#root().#lineWriter().write(level, text, { note: "fields that cannot be shown were left out" });
    } catch {
      // SECURITY: whatever is wrong with the log, the call that logs goes on.
    }
  }

  #root(): LevelLogger {
    return this.#parent === undefined ? this : this.#parent.#root();
  }

  #lineWriter(): LineWriter {
    if (this.#writer === undefined && this.#parent !== undefined) {
      this.#writer = this.#parent.#lineWriter().child(this.#fields);
    }

    return this.#writer as LineWriter;
  }
}

export class ServerLogger extends LevelLogger implements RootLogger {
  readonly #sink: LogSink;

  constructor(options: { readonly writer: LineWriter; readonly sink: LogSink; readonly level: LogLevel }) {
    super({ level: options.level, threshold: LOG_LEVELS.indexOf(options.level) }, { writer: options.writer });
    this.#sink = options.sink;
  }

  get level(): LogLevel {
    return this.shared.level;
  }

  setLevel(level: LogLevel): void {
    this.shared.level = level;
    this.shared.threshold = SEVERITIES[level];
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}
