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
}

export class TimerBag<Name extends string> {
  private readonly clock: Clock;
  private readonly owner: TimerBagOwner<Name>;
  /** PERF: rarely more than two run at once, so that a search costs less than a Map would. */
  private readonly running: RunningTimer<Name>[] = [];

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

    this.running.push({ name, timer });
  }

  /** Stops a timer; without effect when it does not run. */
  stop(name: Name): void {
    this.remove(name)?.timer.cancel();
  }

  stopAll(): void {
    for (const { timer } of this.running) {
      timer.cancel();
    }

    this.running.length = 0;
  }

  isRunning(name: Name): boolean {
    return this.running.some((entry) => entry.name === name);
  }

  private remove(name: Name): RunningTimer<Name> | undefined {
    for (let i = 0; i < this.running.length; i++) {
      const entry = this.running[i] as RunningTimer<Name>;

      if (entry.name === name) {
        this.running.splice(i, 1);

        return entry;
      }
    }

    return undefined;
  }
}
