/**
 * The running timers of one state machine, by name. Whoever ends calls
 * `stopAll`, so that no timer can be forgotten.
 */
import type { Clock, ClockTimer, TimerTarget } from "./clock.ts";

/** Told when a timer of its bag fires. */
export interface TimerBagOwner<Name extends string> {
  timerFired(name: Name): void;
}

export class TimerBag<Name extends string> {
  private readonly clock: Clock;
  private readonly owner: TimerBagOwner<Name>;
  /** PERF: rarely more than two run at once: a list takes less time and memory than a Map or an array. */
  private first: RunningTimer<Name> | undefined = undefined;

  constructor(clock: Clock, owner: TimerBagOwner<Name>) {
    this.clock = clock;
    this.owner = owner;
  }

  /** Starts a timer; one of the same name that runs already is stopped first. */
  start(name: Name, delayMs: number): void {
    this.stop(name);

    const running = new RunningTimer(this, name, this.first);

    running.timer = this.clock.schedule(delayMs, running);
    this.first = running;
  }

  /** Stops a timer; without effect when it does not run. */
  stop(name: Name): void {
    this.remove(name)?.timer?.cancel();
  }

  stopAll(): void {
    for (let running = this.first; running !== undefined; running = running.next) {
      running.timer?.cancel();
    }

    this.first = undefined;
  }

  isRunning(name: Name): boolean {
    for (let running = this.first; running !== undefined; running = running.next) {
      if (running.name === name) {
        return true;
      }
    }

    return false;
  }

  /** @internal A timer of this bag fired. */
  fired(name: Name): void {
    this.remove(name);
    this.owner.timerFired(name);
  }

  private remove(name: Name): RunningTimer<Name> | undefined {
    let previous: RunningTimer<Name> | undefined;

    for (let running = this.first; running !== undefined; running = running.next) {
      if (running.name === name) {
        if (previous === undefined) {
          this.first = running.next;
        } else {
          previous.next = running.next;
        }

        return running;
      }

      previous = running;
    }

    return undefined;
  }
}

class RunningTimer<Name extends string> implements TimerTarget {
  readonly name: Name;
  next: RunningTimer<Name> | undefined;
  timer: ClockTimer | undefined = undefined;
  private readonly bag: TimerBag<Name>;

  constructor(bag: TimerBag<Name>, name: Name, next: RunningTimer<Name> | undefined) {
    this.bag = bag;
    this.name = name;
    this.next = next;
  }

  timerExpired(): void {
    this.bag.fired(this.name);
  }
}
