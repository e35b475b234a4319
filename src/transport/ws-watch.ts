/**
 * Watches open WebSocket connections for silence: pings (RFC 6455 section
 * 5.5.2), missing pongs, idle time, unfinished messages. One timer for all
 * connections, which count time in its ticks.
 *
 * PERF: a timer for each connection would cost 200 bytes of the memory that
 * benchmarks/transport/idle-connections.ts measures, and a clock reading for
 * each message.
 */
import type { Clock, ClockTimer } from "../util/clock.ts";
import { watchTickMs } from "./watch-tick.ts";
import type { WatchTicks } from "./ws-activity.ts";
import type { WsLimits } from "./ws-limits.ts";

const MIN_TICK_MS = 50;
const MAX_TICK_MS = 15_000;

export interface WatchedConnection {
  /** Called at each tick. It may remove itself meanwhile. */
  watch(now: number, ticks: WatchTicks): void;
  close(code?: number, reason?: string): boolean;
  terminate(): void;
}

export class WsWatch {
  readonly ticks: WatchTicks;
  /** Milliseconds between two ticks. */
  readonly tickMs: number;
  readonly #clock: Clock;
  readonly #connections = new Set<WatchedConnection>();
  #timer: ClockTimer | undefined;
  #now = 0;

  constructor(limits: WsLimits, clock: Clock) {
    const tickMs = tickFor(limits);
    // The event that starts a wait lies somewhere within its tick, so one is
    // added: a limit may come late but never early.
    const limitTicks = (ms: number): number => (ms === 0 ? 0 : Math.ceil(ms / tickMs) + 1);

    this.#clock = clock;
    this.tickMs = tickMs;
    this.ticks = {
      // A ping may come a tick early.
      ping: limits.pingIntervalMs === 0 ? 0 : Math.max(1, Math.floor(limits.pingIntervalMs / tickMs)),
      pong: limitTicks(limits.pongTimeoutMs),
      idle: limitTicks(limits.idleTimeoutMs),
      message: limitTicks(limits.messageTimeoutMs),
      firstMessage: limitTicks(limits.firstMessageTimeoutMs),
    };
  }

  /** Ticks so far. */
  get now(): number {
    return this.#now;
  }

  /** Every open connection. */
  get connections(): ReadonlySet<WatchedConnection> {
    return this.#connections;
  }

  add(connection: WatchedConnection): void {
    this.#connections.add(connection);
    this.#timer ??= this.#clock.schedule(this.tickMs, this.#tick);
  }

  delete(connection: WatchedConnection): void {
    this.#connections.delete(connection);

    if (this.#connections.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
  }

  readonly #tick = (): void => {
    this.#now += 1;
    this.#timer = this.#clock.schedule(this.tickMs, this.#tick);

    for (const connection of this.#connections) {
      connection.watch(this.#now, this.ticks);
    }
  };
}

function tickFor(limits: WsLimits): number {
  return watchTickMs(
    [
      limits.pingIntervalMs,
      limits.pongTimeoutMs,
      limits.idleTimeoutMs,
      limits.messageTimeoutMs,
      limits.firstMessageTimeoutMs,
    ],
    MIN_TICK_MS,
    MAX_TICK_MS,
  );
}
