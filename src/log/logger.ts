/**
 * What the server and the user's code log through. The implementation is
 * chosen by the application; everything else sees only this interface.
 */

export const LOG_LEVELS = ["debug", "info", "notice", "warn", "error", "crit"] as const;
/** From the lowest to the highest; `docs/reference/logging.md` says what each is for. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts that accompany a line, such as `{ callId, method, transport, peer }`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Writes log lines; also what `server.ts` gets as `logger`.
 *
 * One method per syslog level. Each takes a message and the facts that belong
 * to it. The message may be a text, which is written as it is; an `Error`,
 * which is written with its stack and causes; or any other value, which is
 * inspected (`node:util`). Text from the network needs no care: control
 * characters are written as escapes. None of the methods throws or waits.
 *
 * ```ts
 * logger.info("user registered", { user: request.from.user });
 * logger.error(error, { callId: request.callId });
 * ```
 */
export interface Logger {
  /** For whoever looks for a fault. */
  debug(message: unknown, fields?: LogFields): void;
  /** What happens in normal operation. */
  info(message: unknown, fields?: LogFields): void;
  /** Normal, and worth to be noticed, such as start and reload. */
  notice(message: unknown, fields?: LogFields): void;
  /** Something may be wrong. */
  warn(message: unknown, fields?: LogFields): void;
  /** Something failed, and the server goes on without it. */
  error(message: unknown, fields?: LogFields): void;
  /** The server, or all of the user's code, is in trouble. */
  crit(message: unknown, fields?: LogFields): void;

  /** Whether a line of this level would be written: ask before building a costly one. */
  isEnabled(level: LogLevel): boolean;

  /** A logger that adds these facts, such as `{ component: "udp" }`, to each line. */
  child(fields: LogFields): Logger;
}

/** The logger that the application owns; all others are its children. */
export interface RootLogger extends Logger {
  /** Lowest level that is written, by this logger and by all its children. */
  readonly level: LogLevel;

  /** Changes the level at once, for children that exist too. */
  setLevel(level: LogLevel): void;

  /** Hands over what is still waiting. To be awaited before the process exits; it never rejects. */
  close(): Promise<void>;
}
