/** The application's clock, on the runtime's monotonic time and timers. */
import { performance } from "node:perf_hooks";
import type { Clock, ClockTimer, TimerTarget } from "./clock.ts";
import { TimerList } from "./timer-list.ts";

/**
 * A SIP server starts many timers of few lengths and cancels nearly all of
 * them, so timers of equal length share one ordered list (`TimerList`).
 */
export class SystemClock implements Clock {
  private readonly lists = new Map<number, TimerList>();
  private readonly forget = (list: TimerList): void => {
    // A list that was replaced meanwhile is not the one to be removed.
    if (this.lists.get(list.delayMs) === list) {
      this.lists.delete(list.delayMs);
    }
  };

  now(): number {
    return performance.now();
  }

  /** Fractions of a millisecond are rounded up; a delay that is not positive counts as 1. */
  schedule(delayMs: number, target: (() => void) | TimerTarget, name = ""): ClockTimer {
    const wholeDelayMs = delayMs > 1 ? Math.ceil(delayMs) : 1;
    let list = this.lists.get(wholeDelayMs);

    if (list === undefined) {
      list = new TimerList(wholeDelayMs, this.now, this.forget);
      this.lists.set(wholeDelayMs, list);
    }

    return list.add(target, name);
  }

  /** Forgets every pending timer. */
  close(): void {
    for (const list of this.lists.values()) {
      list.clear();
    }

    this.lists.clear();
  }
}
