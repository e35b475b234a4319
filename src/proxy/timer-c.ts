/**
 * Timer C: the longest wait for a final response to an INVITE (RFC 3261
 * sections 16.6 step 11, 16.7 step 2 and 16.8).
 *
 * DEVIATION: section 16.6 step 11 wants more than three minutes; `timer_C` is
 * 8 to 180 s, and 120 s by default, as in OverSIP 2.0.
 */
import type { Clock, ClockTimer } from "../util/clock.ts";

/** Told that the wait is over. */
export interface TimerCOwner {
  timerCFired(): void;
}

export class TimerC {
  readonly #clock: Clock;
  readonly #durationMs: number;
  readonly #owner: TimerCOwner;
  #timer: ClockTimer | undefined = undefined;
  #deadlineMs = 0;

  constructor(clock: Clock, durationMs: number, owner: TimerCOwner) {
    this.#clock = clock;
    this.#durationMs = durationMs;
    this.#owner = owner;
  }

  /**
   * Starts the whole duration again. PERF: a running timer is not replaced but
   * finds, when it fires, how long it has to go on (benchmarks/proxy/forward-call.ts).
   */
  restart(): void {
    this.#deadlineMs = this.#clock.now() + this.#durationMs;
    this.#timer ??= this.#clock.schedule(this.#durationMs, this.#check);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #check = (): void => {
    const leftMs = this.#deadlineMs - this.#clock.now();

    this.#timer = leftMs > 0 ? this.#clock.schedule(leftMs, this.#check) : undefined;

    if (leftMs <= 0) {
      this.#owner.timerCFired();
    }
  };
}
