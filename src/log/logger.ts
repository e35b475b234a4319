/**
 * What the server and the user's code log through. The implementation is
 * chosen by the application; everything else sees only this interface.
 */

export const LOG_LEVELS = ["debug", "info", "notice", "warn", "error", "crit"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts that accompany a line, such as `{ callId, method, transport, peer }`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * One method per syslog level. Each takes a text, and the facts that belong
 * to it; an `Error` as text logs its stack. Text from the network is escaped
 * by the implementation. None of them throws.
 */
export interface Logger {
  debug(message: unknown, fields?: LogFields): void;
  info(message: unknown, fields?: LogFields): void;
  notice(message: unknown, fields?: LogFields): void;
  warn(message: unknown, fields?: LogFields): void;
  error(message: unknown, fields?: LogFields): void;
  crit(message: unknown, fields?: LogFields): void;

  /** Whether a line of this level would be written: ask before building a costly one. */
  isEnabled(level: LogLevel): boolean;

  /** A logger that adds these facts, such as `{ component: "udp" }`, to each line. */
  child(fields: LogFields): Logger;
}
