/**
 * What is done when the events of a turn of the event loop have been handled:
 * first what is to leave in it, and last what stops the thread, or else what
 * connections hold (`stream-batching.ts`) would wait too.
 */
export class TurnEnd {
  #pending = 0;
  #last: (() => void) | undefined = undefined;

  /** Calls at the end of this turn. */
  readonly call = (callback: () => void): void => {
    this.#pending++;
    setImmediate(this.#run, callback);
  };

  /** Calls at the end of this turn, behind all others. For one caller, once a turn. */
  readonly callLast = (callback: () => void): void => {
    this.call(() => {
      this.#last = callback;
    });
  };

  readonly #run = (callback: () => void): void => {
    this.#pending--;

    try {
      callback();
    } finally {
      // What a callback has asked for comes first, in the next turn.
      if (this.#pending === 0) {
        const last = this.#last;

        this.#last = undefined;
        last?.();
      }
    }
  };
}
