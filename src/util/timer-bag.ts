/**
 * The running timers of one state machine, by name. Whoever ends calls
 * `stopAll`, so that no timer can be forgotten.
 */
import type { Clock, ClockTimer, TimerTarget } from "./clock.ts";

/** Told when a timer of its bag fires. */
export interface TimerBagOwner<Name extends string> {
  timerFired(name: Name): void;
}

export class TimerBag<Name extends string> implements TimerTarget {
  private readonly clock: Clock;
  private readonly owner: TimerBagOwner<Name>;
  /** PERF: rarely more than two run at once: a list takes less time and memory than a Map or an array. */
  private first: ClockTimer | undefined = undefined;

  constructor(clock: Clock, owner: TimerBagOwner<Name>) {
    this.clock = clock;
    this.owner = owner;
  }

  /** Starts a timer; one of the same name that runs already is stopped first. */
  start(name: Name, delayMs: number): void {
    this.stop(name);

    const timer = this.clock.schedule(delayMs, this, name);

    timer.nextOfOwner = this.first;
    this.first = timer;
  }

  /** Stops a timer; without effect when it does not run. */
  stop(name: Name): void {
    const timer = this.find(name);

    if (timer !== undefined) {
      this.remove(timer);
      timer.cancel();
    }
  }

  stopAll(): void {
    for (let timer = this.first; timer !== undefined; timer = timer.nextOfOwner) {
      timer.cancel();
    }

    this.first = undefined;
  }

  isRunning(name: Name): boolean {
    return this.find(name) !== undefined;
  }

  /** @internal A timer of this bag fired. */
  timerExpired(timer: ClockTimer): void {
    this.remove(timer);
    // It was scheduled under a name of this bag.
    this.owner.timerFired(timer.name as Name);
  }

  private find(name: Name): ClockTimer | undefined {
    let timer = this.first;

    while (timer !== undefined && timer.name !== name) {
      timer = timer.nextOfOwner;
    }

    return timer;
  }

  private remove(timer: ClockTimer): void {
    if (this.first === timer) {
      this.first = timer.nextOfOwner;
    } else {
      let previous = this.first;

      while (previous !== undefined && previous.nextOfOwner !== timer) {
        previous = previous.nextOfOwner;
      }

      if (previous !== undefined) {
        previous.nextOfOwner = timer.nextOfOwner;
      }
    }

    timer.nextOfOwner = undefined;
  }
}
