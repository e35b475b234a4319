/**
 * Steps that are taken one after the other, where one may have to wait for
 * the user's code. PERF: nothing is kept, and no promise made, unless it does.
 */
export class OrderedSteps {
  #waiting: (() => void)[] = [];
  #isWaiting = false;

  /** Whether a step waits for the user's code, so that the next one has to wait too. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** How many steps wait for their turn. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Takes the step now, or when those before it are done. */
  take(step: () => void): void {
    if (this.#isWaiting) {
      this.#waiting.push(step);
    } else {
      step();
    }
  }

  /** The rest of the present step: at once when `done` is undefined, else when it has resolved. It must not reject. */
  after(done: Promise<void> | undefined, rest: () => void): void {
    if (done === undefined) {
      rest();

      return;
    }

    this.#isWaiting = true;
    done.then(() => {
      this.#isWaiting = false;
      rest();
      this.#takeWaiting();
    });
  }

  #takeWaiting(): void {
    while (!this.#isWaiting) {
      const step = this.#waiting.shift();

      if (step === undefined) {
        return;
      }

      step();
    }
  }
}
