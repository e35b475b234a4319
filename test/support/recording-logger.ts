/** A logger that keeps its lines. */
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from "../../src/log/logger.ts";

export interface LogLine {
  readonly level: LogLevel;
  readonly message: unknown;
  readonly fields: LogFields;
}

export class RecordingLogger implements Logger {
  readonly lines: LogLine[];
  readonly #level: LogLevel;
  readonly #fields: LogFields;

  constructor(level: LogLevel = "debug", fields: LogFields = {}, lines: LogLine[] = []) {
    this.#level = level;
    this.#fields = fields;
    this.lines = lines;
  }

  /** The texts of the lines of this level. */
  texts(level: LogLevel): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => String(line.message));
  }

  debug(message: unknown, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  info(message: unknown, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  notice(message: unknown, fields?: LogFields): void {
    this.#write("notice", message, fields);
  }

  warn(message: unknown, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  error(message: unknown, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  crit(message: unknown, fields?: LogFields): void {
    this.#write("crit", message, fields);
  }

  isEnabled(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.#level);
  }

  child(fields: LogFields): Logger {
    return new RecordingLogger(this.#level, { ...this.#fields, ...fields }, this.lines);
  }

  #write(level: LogLevel, message: unknown, fields: LogFields = {}): void {
    if (this.isEnabled(level)) {
      this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
    }
  }
}
