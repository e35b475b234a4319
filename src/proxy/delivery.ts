/**
 * Responses and errors on their way through the user's callbacks, one after
 * the other. PERF: nothing is kept, and no promise made, unless a callback
 * returns one (benchmarks/proxy/forward-call.ts).
 */
/** SECURITY: what a peer can make wait for a callback that does not end. */
const MAX_WAITING_RESPONSES = 32;

export class Delivery {
  /** Undefined while none has had to wait. */
  #waiting: (() => void)[] | undefined = undefined;
  #isWaiting = false;
  #isDelivering = false;
  #isDropped = false;
  #hasFinal = false;

  /** Whether callbacks return a promise that is waited for, so that what comes next has to wait too. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** How many steps wait for their turn. */
  get waitingCount(): number {
    return this.#waiting?.length ?? 0;
  }

  /** Whether a response may wait for its turn. However many do, the first final one is not lost. */
  hasRoomFor(statusCode: number): boolean {
    if (this.waitingCount < MAX_WAITING_RESPONSES) {
      return true;
    }

    const isFirst = statusCode >= 200 && !this.#hasFinal;

    this.#hasFinal ||= isFirst;

    return isFirst;
  }

  /** Whether there is something with the callbacks that can be dropped. */
  get isDelivering(): boolean {
    return this.#isDelivering;
  }

  /** What is with the callbacks is not to be sent upstream. */
  drop(): void {
    this.#isDropped = this.#isDelivering;
  }

  /** Takes the step now, or when those before it are done. */
  take(step: () => void): void {
    if (this.#isWaiting) {
      this.#waiting ??= [];
      this.#waiting.push(step);
    } else {
      step();
    }
  }

  /**
   * Runs callbacks, and then `rest`, which is told whether `drop` was called
   * meanwhile: at once, unless the callbacks return a promise, which must not
   * reject.
   */
  deliver(callbacks: () => Promise<void> | undefined, rest: (isDropped: boolean) => void): void {
    this.#isDelivering = true;

    const done = callbacks();

    if (done === undefined) {
      this.#delivered(rest);

      return;
    }

    this.#isWaiting = true;
    done.then(() => {
      this.#isWaiting = false;
      this.#delivered(rest);
      this.#takeWaiting();
    });
  }

  #delivered(rest: (isDropped: boolean) => void): void {
    const isDropped = this.#isDropped;

    this.#isDelivering = false;
    this.#isDropped = false;
    rest(isDropped);
  }

  #takeWaiting(): void {
    while (!this.#isWaiting) {
      const step = this.#waiting?.shift();

      if (step === undefined) {
        return;
      }

      step();
    }
  }
}
