/**
 * Pending timers of one length. Since time never goes backwards, the order in
 * which they are started is the order in which they expire: starting and
 * cancelling take constant time, and one timer of the runtime serves them all.
 */
import type { ClockTimer, TimerTarget } from "./clock.ts";

/** The runtime's longest delay; a longer one is waited for in several parts. */
const MAX_RUNTIME_DELAY_MS = 2 ** 31 - 1;

/**
 * How much later than its time a timer may fire, as a part of its length, and
 * at most. PERF: where timers expire one after the other, those of that time
 * share one waking of the process (benchmarks/calls/calls.ts).
 */
const SLACK_PART = 64;
const MAX_SLACK_MS = 50;

/** By how much the runtime's timers may come too early, since it counts whole milliseconds. PERF: one that does has to be waited for once more. */
const RUNTIME_EARLY_MS = 1;

export class TimerList {
  readonly delayMs: number;
  private readonly slackMs: number;
  private readonly now: () => number;
  private readonly onUnused: (list: TimerList) => void;
  private first: ListedTimer | undefined = undefined;
  private last: ListedTimer | undefined = undefined;
  private runtimeTimer: NodeJS.Timeout | undefined = undefined;
  private isFiring = false;
  /** PERF: made once, not for each start. */
  private readonly onRuntimeTimer = () => this.fireExpired();

  /** @param onUnused called when the list is empty and no timer of the runtime is left to it. */
  constructor(delayMs: number, now: () => number, onUnused: (list: TimerList) => void) {
    this.delayMs = delayMs;
    this.slackMs = Math.min(delayMs / SLACK_PART, MAX_SLACK_MS);
    this.now = now;
    this.onUnused = onUnused;
  }

  add(target: (() => void) | TimerTarget, name: string): ClockTimer {
    const entry = new ListedTimer(this, this.now() + this.delayMs, target, name);

    entry.previous = this.last;

    if (this.last === undefined) {
      this.first = entry;
    } else {
      this.last.next = entry;
    }

    this.last = entry;

    // The runtime's timer goes on running when a list becomes empty: most timers are cancelled, and it costs more than they do.
    if (this.isFiring) {
      return entry;
    }

    if (this.runtimeTimer === undefined) {
      this.startRuntimeTimer(this.delayMs);
    } else if (entry.previous === undefined) {
      this.runtimeTimer.ref();
    }

    return entry;
  }

  /** Takes an entry out of the list. @internal */
  remove(entry: ListedTimer): void {
    if (entry.previous === undefined) {
      this.first = entry.next;
    } else {
      entry.previous.next = entry.next;
    }

    if (entry.next === undefined) {
      this.last = entry.previous;
    } else {
      entry.next.previous = entry.previous;
    }

    entry.previous = undefined;
    entry.next = undefined;

    if (this.first === undefined) {
      // Nothing is waited for: this timer alone shall not keep the process alive.
      this.runtimeTimer?.unref();
    }
  }

  /** Forgets every timer. */
  clear(): void {
    clearTimeout(this.runtimeTimer);
    this.runtimeTimer = undefined;

    while (this.first !== undefined) {
      this.first.cancel();
    }
  }

  private startRuntimeTimer(delayMs: number): void {
    this.runtimeTimer = setTimeout(
      this.onRuntimeTimer,
      Math.min(Math.ceil(delayMs + RUNTIME_EARLY_MS), MAX_RUNTIME_DELAY_MS),
    );
  }

  private fireExpired(): void {
    const now = this.now();

    this.isFiring = true;

    try {
      while (this.first !== undefined && this.first.expiresAtMs <= now) {
        this.first.fire();
      }
    } finally {
      // Also when a callback throws: the others are not to be lost with it.
      this.isFiring = false;
      this.runtimeTimer = undefined;

      if (this.first === undefined) {
        this.onUnused(this);
      } else {
        this.startRuntimeTimer(Math.max(this.first.expiresAtMs - this.now(), this.slackMs));
      }
    }
  }
}

/** One pending timer, and its place in the list. */
class ListedTimer implements ClockTimer {
  readonly expiresAtMs: number;
  readonly name: string;
  nextOfOwner: ClockTimer | undefined = undefined;
  previous: ListedTimer | undefined = undefined;
  next: ListedTimer | undefined = undefined;
  private list: TimerList | undefined;
  private target: (() => void) | TimerTarget | undefined;

  constructor(list: TimerList, expiresAtMs: number, target: (() => void) | TimerTarget, name: string) {
    this.list = list;
    this.name = name;
    this.expiresAtMs = expiresAtMs;
    this.target = target;
  }

  cancel(): void {
    this.list?.remove(this);
    this.list = undefined;
    this.target = undefined;
  }

  fire(): void {
    const target = this.target;

    this.cancel();

    if (typeof target === "function") {
      target();
    } else {
      target?.timerExpired(this);
    }
  }
}
