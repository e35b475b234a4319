/** Callbacks of one kind, run in the order in which they were set; an error in one does not keep the others from running. */
import type { Logger } from "../log/logger.ts";
import type { CallTimer } from "../util/call-timer.ts";

export type Callback<Arguments extends readonly unknown[]> = (...values: Arguments) => unknown;

/** The server, as far as callbacks need it. */
export interface CallbackHost {
  readonly logger: Logger;
  /** Its timer is undefined when nobody asks how long callbacks take. */
  readonly environment: { readonly callTimer?: CallTimer | undefined };
}

const NONE: readonly never[] = [];

export class CallbackList<Arguments extends readonly unknown[]> {
  /** As the user's code calls it, such as "onCanceled". */
  readonly #name: string;
  #callbacks: readonly Callback<Arguments>[] = NONE;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws {TypeError} unless given a function. */
  add(callback: Callback<Arguments>): void {
    if (typeof callback !== "function") {
      throw new TypeError(`${this.#name} takes a function`);
    }

    this.#callbacks = [...this.#callbacks, callback];
  }

  /**
   * Runs those that are set now. PERF: the result is undefined, and no promise
   * is made, unless one of them returns a promise. It never rejects.
   */
  run(host: CallbackHost, ...values: Arguments): Promise<void> | undefined {
    const callbacks = this.#callbacks;

    for (let i = 0; i < callbacks.length; i++) {
      const result = this.#call(callbacks[i], values, host);

      if (isPromise(result)) {
        return this.#runRest(callbacks.slice(i + 1), result, values, host);
      }
    }

    return undefined;
  }

  async #runRest(
    callbacks: readonly Callback<Arguments>[],
    first: PromiseLike<unknown>,
    values: Arguments,
    host: CallbackHost,
  ): Promise<void> {
    let result: unknown = first;

    for (let i = 0; ; i++) {
      try {
        await result;
      } catch (error) {
        this.#log(error, host);
      }

      if (i === callbacks.length) {
        return;
      }

      result = this.#call(callbacks[i], values, host);
    }
  }

  #call(callback: Callback<Arguments> | undefined, values: Arguments, host: CallbackHost): unknown {
    try {
      const { callTimer } = host.environment;

      return callTimer === undefined
        ? callback?.(...values)
        : callTimer.time(this.#name, () => callback?.(...values));
    } catch (error) {
      this.#log(error, host);

      return undefined;
    }
  }

  #log(error: unknown, host: CallbackHost): void {
    host.logger.error(error, { callback: this.#name });
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
