/**
 * Time as the rest of the code sees it, so that tests can hold it still. Only
 * this interface and the application's own implementation know of the
 * runtime's timers.
 */

/** A pending timer; `cancel` after it fired does nothing. */
export interface ClockTimer {
  cancel(): void;
  /** What it was scheduled with. */
  readonly name: string;
  /** For whoever scheduled it: a list of its timers. */
  nextOfOwner: ClockTimer | undefined;
}

/** What a timer can be given in place of a function. PERF: an object that is there anyway costs no closure. */
export interface TimerTarget {
  timerExpired(timer: ClockTimer): void;
}

export interface Clock {
  /** Milliseconds from a fixed, arbitrary point; never goes backwards. */
  now(): number;

  /** Calls `target` once, `delayMs` milliseconds from now or a little later (two milliseconds, and a 64th of it, at most 50 ms), never in this turn. `name` is for the target to know which. */
  schedule(delayMs: number, target: (() => void) | TimerTarget, name?: string): ClockTimer;
}
