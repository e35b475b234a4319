/** A clock that stands still until a test advances it, for the server in memory and for tests of its layers. */
import type { Clock, ClockTimer, TimerTarget } from "../util/clock.ts";

interface FakeTimer extends ClockTimer {
  readonly expiresAtMs: number;
  readonly callback: () => void;
}

/** Timers fire in the turn of `advance`. */
export class FakeClock implements Clock {
  private timeMs = 0;
  private timers: FakeTimer[] = [];

  now(): number {
    return this.timeMs;
  }

  schedule(delayMs: number, target: (() => void) | TimerTarget, name = ""): ClockTimer {
    const timer: FakeTimer = {
      expiresAtMs: this.timeMs + Math.max(delayMs, 0),
      name,
      nextOfOwner: undefined,
      callback: typeof target === "function" ? target : () => target.timerExpired(timer),
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };

    this.timers.push(timer);

    return timer;
  }

  /** Timers that wait to fire. */
  get pendingCount(): number {
    return this.timers.length;
  }

  /** When the next timer expires; undefined when none waits. */
  get nextExpiryMs(): number | undefined {
    return this.timers.length === 0 ? undefined : Math.min(...this.timers.map((timer) => timer.expiresAtMs));
  }

  /**
   * Lets time pass: fires what expires within it in order, those of one
   * moment in the order in which they were started, each at its own time.
   */
  advance(milliseconds: number): void {
    const endMs = this.timeMs + milliseconds;

    for (;;) {
      let next: FakeTimer | undefined;

      for (const timer of this.timers) {
        if (timer.expiresAtMs <= endMs && (next === undefined || timer.expiresAtMs < next.expiresAtMs)) {
          next = timer;
        }
      }

      if (next === undefined) {
        break;
      }

      next.cancel();
      this.timeMs = Math.max(this.timeMs, next.expiresAtMs);
      next.callback();
    }

    this.timeMs = endMs;
  }
}
