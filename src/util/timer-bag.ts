/**
 * The running timers of one state machine, by name. Whoever ends calls
 * `stopAll`, so that no timer can be forgotten.
 */
import type { Clock, ClockTimer } from "./clock.ts";

/** Told when a timer of its bag fires. */
export interface TimerBagOwner<Name extends string> {
  timerFired(name: Name): void;
}

interface RunningTimer<Name extends string> {
  readonly name: Name;
  readonly timer: ClockTimer;
  next: RunningTimer<Name> | undefined;
}

export class TimerBag<Name extends string> {
  private readonly clock: Clock;
  private readonly owner: TimerBagOwner<Name>;
  /**
   * PERF: rarely more than two run at once, so that a search costs less than a
   * Map would, and a list takes less memory than an array (benchmarks/proxy/finished-call-memory.ts).
   */
  private first: RunningTimer<Name> | undefined = undefined;

  constructor(clock: Clock, owner: TimerBagOwner<Name>) {
    this.clock = clock;
    this.owner = owner;
  }

  /** Starts a timer; one of the same name that runs already is stopped first. */
  start(name: Name, delayMs: number): void {
    this.stop(name);

    const timer = this.clock.schedule(delayMs, () => {
      this.remove(name);
      this.owner.timerFired(name);
    });

    this.first = { name, timer, next: this.first };
  }

  /** Stops a timer; without effect when it does not run. */
  stop(name: Name): void {
    this.remove(name)?.timer.cancel();
  }

  stopAll(): void {
    for (let entry = this.first; entry !== undefined; entry = entry.next) {
      entry.timer.cancel();
    }

    this.first = undefined;
  }

  isRunning(name: Name): boolean {
    let entry = this.first;

    while (entry !== undefined && entry.name !== name) {
      entry = entry.next;
    }

    return entry !== undefined;
  }

  private remove(name: Name): RunningTimer<Name> | undefined {
    let previous: RunningTimer<Name> | undefined;

    for (let entry = this.first; entry !== undefined; entry = entry.next) {
      if (entry.name === name) {
        if (previous === undefined) {
          this.first = entry.next;
        } else {
          previous.next = entry.next;
        }

        return entry;
      }

      previous = entry;
    }

    return undefined;
  }
}
