/**
 * Log lines that a peer can cause at will. SECURITY: of each kind only so many
 * are written in a while, at each level; the rest is counted, and the next line tells how
 * many there were.
 */
import type { LogFields, Logger, LogLevel } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";

export interface LogAllowance {
  /** Lines of one kind in each interval. Default 50. */
  readonly maxLines: number;
  /** Milliseconds. Default 10,000. */
  readonly intervalMs: number;
}

const DEFAULT_ALLOWANCE: LogAllowance = { maxLines: 50, intervalMs: 10_000 };

interface KindState {
  intervalStart: number;
  lines: number;
  suppressed: number;
}

export class LimitedLog {
  readonly logger: Logger;
  readonly #clock: Clock;
  readonly #allowance: LogAllowance;
  readonly #kinds = new Map<string, KindState>();

  constructor(logger: Logger, clock: Clock, allowance: LogAllowance = DEFAULT_ALLOWANCE) {
    this.logger = logger;
    this.#clock = clock;
    this.#allowance = allowance;
  }

  /** @param kind one of a few fixed names; nothing that a peer chooses. */
  write(level: LogLevel, kind: string, message: string, fields: LogFields): void {
    if (!this.logger.isEnabled(level)) {
      return;
    }

    const key = `${level} ${kind}`;
    const now = this.#clock.now();
    let state = this.#kinds.get(key);

    if (state === undefined) {
      state = { intervalStart: now, lines: 0, suppressed: 0 };
      this.#kinds.set(key, state);
    } else if (now - state.intervalStart >= this.#allowance.intervalMs) {
      state.intervalStart = now;
      state.lines = 0;
    }

    if (state.lines >= this.#allowance.maxLines) {
      state.suppressed++;

      return;
    }

    const { suppressed } = state;

    state.lines++;
    state.suppressed = 0;
    this.logger[level](message, suppressed === 0 ? fields : { ...fields, suppressedLines: suppressed });
  }
}
