/** Where finished log lines go. */
import type { LogLevel } from "./logger.ts";

export interface LogSink {
  /**
   * Takes one entry: one line, or several with "\n" between them, without one
   * at its end. Never throws and never waits for a reader.
   */
  write(level: LogLevel, entry: string): void;

  /** Resolves when what was written is handed over, or cannot be. */
  close(): Promise<void>;
}

/** Puts a prefix before each line of an entry. */
export function prefixLines(entry: string, prefix: string): string {
  return prefix + (entry.includes("\n") ? entry.replaceAll("\n", `\n${prefix}`) : entry);
}
