/** The application's clock, on the runtime's monotonic time and timers. */
import { performance } from "node:perf_hooks";
import type { Clock, ClockTimer, TimerTarget } from "./clock.ts";
import { TimerList } from "./timer-list.ts";

/** Places for lists that were used last; a power of two. */
const RECENT_LISTS = 64;

function placeOf(delayMs: number): number {
  return delayMs & (RECENT_LISTS - 1);
}

/**
 * A SIP server starts many timers of few lengths and cancels nearly all of
 * them, so timers of equal length share one ordered list (`TimerList`).
 */
export class SystemClock implements Clock {
  private readonly lists = new Map<number, TimerList>();
  /** PERF: a server has few lengths, and no search for them (benchmarks/proxy/forward-call.ts). */
  private readonly recent: (TimerList | undefined)[] = new Array(RECENT_LISTS).fill(undefined);
  private readonly forget = (list: TimerList): void => {
    // A list that was replaced meanwhile is not the one to be removed.
    if (this.lists.get(list.delayMs) === list) {
      this.lists.delete(list.delayMs);
    }

    if (this.recent[placeOf(list.delayMs)] === list) {
      this.recent[placeOf(list.delayMs)] = undefined;
    }
  };

  now(): number {
    return performance.now();
  }

  /** Fractions of a millisecond are rounded up; a delay that is not positive counts as 1. */
  schedule(delayMs: number, target: (() => void) | TimerTarget, name = ""): ClockTimer {
    const wholeDelayMs = delayMs > 1 ? Math.ceil(delayMs) : 1;
    const place = placeOf(wholeDelayMs);
    let list = this.recent[place];

    if (list === undefined || list.delayMs !== wholeDelayMs) {
      list = this.listOf(wholeDelayMs);
      this.recent[place] = list;
    }

    return list.add(target, name);
  }

  /** Forgets every pending timer. */
  close(): void {
    for (const list of this.lists.values()) {
      list.clear();
    }

    this.lists.clear();
    this.recent.fill(undefined);
  }

  private listOf(delayMs: number): TimerList {
    let list = this.lists.get(delayMs);

    if (list === undefined) {
      list = new TimerList(delayMs, this.now, this.forget);
      this.lists.set(delayMs, list);
    }

    return list;
  }
}
