/**
 * Keeps the time limits of all stream connections with one timer: a sweep over
 * a list, a few times in the shortest limit. Between two sweeps time stands
 * still, so that nothing reads the clock for each message.
 */
import type { Clock, ClockTimer } from "../util/clock.ts";
import type { StreamLimits } from "./stream-limits.ts";
import { watchTickMs } from "./watch-tick.ts";

const MIN_TICK_MS = 20;
const MAX_TICK_MS = 5_000;

/** What is told to each connection at each sweep. It may remove itself meanwhile. */
export interface WatchedStream {
  watch(): void;
}

export class StreamWatch {
  /** Milliseconds between two sweeps. */
  readonly tickMs: number;
  readonly #clock: Clock;
  readonly #streams = new Set<WatchedStream>();
  #timer: ClockTimer | undefined;
  #now = 0;

  constructor(limits: StreamLimits, clock: Clock) {
    this.#clock = clock;
    this.tickMs = tickFor(limits);
  }

  /** Milliseconds, as of the last sweep. */
  get now(): number {
    return this.#now;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Whether the limit has passed since then; 0 is for no limit. */
  isOver(since: number, limitMs: number): boolean {
    // What began since the last sweep bears that sweep's time: one tick more, so that no limit comes early.
    return limitMs !== 0 && this.#now - since >= limitMs + this.tickMs;
  }

  add(stream: WatchedStream): void {
    this.#streams.add(stream);

    if (this.#timer === undefined) {
      this.#now = this.#clock.now();
      this.#timer = this.#clock.schedule(this.tickMs, this.#sweep);
    }
  }

  delete(stream: WatchedStream): void {
    this.#streams.delete(stream);

    if (this.#streams.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  }

  readonly #sweep = (): void => {
    this.#now = this.#clock.now();
    this.#timer = this.#clock.schedule(this.tickMs, this.#sweep);

    for (const stream of this.#streams) {
      stream.watch();
    }
  };
}

function tickFor(limits: StreamLimits): number {
  return watchTickMs(
    [
      limits.connectTimeoutMs,
      limits.handshakeTimeoutMs,
      limits.callbackTimeoutMs,
      limits.firstMessageTimeoutMs,
      limits.messageTimeoutMs,
      limits.idleTimeoutMs,
      limits.closeTimeoutMs,
    ],
    MIN_TICK_MS,
    MAX_TICK_MS,
  );
}
