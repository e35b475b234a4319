/** Makes a log entry of what was logged, in one of the forms, and hands it to a sink. */
import type { LogFields, LogLevel } from "./logger.ts";

export interface LineWriter {
  /** May throw for values that defy being shown; the logger catches that. */
  write(level: LogLevel, message: unknown, fields: LogFields | undefined): void;

  /** A writer that adds these facts to each line. */
  child(fields: LogFields): LineWriter;
}
