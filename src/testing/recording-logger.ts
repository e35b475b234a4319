/** A logger that keeps its lines for a test. */
import type { LogFields, Logger, LogLevel } from "../log/logger.ts";

/** One line that was logged, by the server or the user's code. */
export interface LogLine {
  /** Level of the line. */
  readonly level: LogLevel;
  /** The text, or the message of an error. */
  readonly text: string;
  /** Its facts, those of its logger included. */
  readonly fields: LogFields;
}

export class RecordingLogger implements Logger {
  /** Shared with the children. */
  readonly lines: LogLine[];
  private readonly fields: LogFields;

  constructor(lines: LogLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.fields = fields;
  }

  /** The texts of one level. */
  textsOf(level: LogLevel): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.text);
  }

  debug(message: unknown, fields?: LogFields): void {
    this.add("debug", message, fields);
  }

  info(message: unknown, fields?: LogFields): void {
    this.add("info", message, fields);
  }

  notice(message: unknown, fields?: LogFields): void {
    this.add("notice", message, fields);
  }

  warn(message: unknown, fields?: LogFields): void {
    this.add("warn", message, fields);
  }

  error(message: unknown, fields?: LogFields): void {
    this.add("error", message, fields);
  }

  crit(message: unknown, fields?: LogFields): void {
    this.add("crit", message, fields);
  }

  isEnabled(): boolean {
    return true;
  }

  child(fields: LogFields): RecordingLogger {
    return new RecordingLogger(this.lines, { ...this.fields, ...fields });
  }

  private add(level: LogLevel, message: unknown, fields: LogFields = {}): void {
    const text = message instanceof Error ? message.message : String(message);

    this.lines.push({ level, text, fields: { ...this.fields, ...fields } });
  }
}
