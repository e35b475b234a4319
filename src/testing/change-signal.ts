/**
 * Waiting for what happens in a server in memory. Time of the server stands
 * still meanwhile, so the limit is in real time, by timers that were taken
 * before a test runner could replace them with its own.
 */

const { setImmediate: nextTurn, setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;

export class ChangeSignal {
  readonly #waiting = new Set<() => void>();

  /** To be called after each event. */
  changed(): void {
    for (const check of this.#waiting) {
      check();
    }
  }

  /**
   * Resolves with what `find` finds, now or after an event.
   *
   * @param describe makes the text of the error when `limitMs` of real time have passed.
   */
  until<Value>(find: () => Value | undefined, limitMs: number, describe: () => string): Promise<Value> {
    const found = find();

    if (found !== undefined) {
      return Promise.resolve(found);
    }

    const { promise, reject, resolve } = Promise.withResolvers<Value>();
    const timer = startTimer(() => {
      this.#waiting.delete(check);
      reject(new Error(describe()));
    }, limitMs);

    const check = (): void => {
      const value = find();

      if (value !== undefined) {
        this.#waiting.delete(check);
        stopTimer(timer);
        resolve(value);
      }
    };

    this.#waiting.add(check);

    return promise;
  }
}

/** Lets everything happen that waits for nothing but promises and the next tick. */
export async function settle(): Promise<void> {
  // The second turn is for what an immediate of the user's code has begun.
  await new Promise<void>((resolve) => nextTurn(resolve));
  await new Promise<void>((resolve) => nextTurn(resolve));
}
