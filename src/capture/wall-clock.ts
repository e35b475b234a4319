/** The time of day in microseconds, in order for messages of one millisecond too, and true after the system's clock was set. */

/** How far the two clocks may be apart before the monotonic one is set again. */
const MAX_DRIFT_MS = 10;

export class WallClock {
  #offsetMs = Number.NEGATIVE_INFINITY;

  /** Since 1970. */
  nowUs(): number {
    const monotonicMs = performance.now();
    const wallMs = Date.now();

    if (Math.abs(wallMs - this.#offsetMs - monotonicMs) > MAX_DRIFT_MS) {
      this.#offsetMs = wallMs - monotonicMs;
    }

    return Math.floor((this.#offsetMs + monotonicMs) * 1000);
  }
}
