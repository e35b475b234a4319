/**
 * Calls user code outside of traffic and waits for it: says by name what keeps
 * the server waiting, and, where asked to, waits no longer than a limit.
 */
import type { Logger } from "../log/logger.ts";
import type { Clock, ClockTimer } from "../util/clock.ts";

const REPORT_INTERVAL_MS = 10_000;

export type CallbackEnd = "done" | "given-up";

export class CallbackRunner {
  readonly #logger: Logger;
  readonly #clock: Clock;

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /**
   * Calls `callback` and awaits it. Rejects with what it throws or rejects with.
   *
   * @param name as the user knows it, such as `systemEvents.onInitialize`.
   * @param limitMs how long it is waited for; undefined: without end. What it does after that is only logged.
   */
  async run(name: string, callback: () => unknown, limitMs?: number): Promise<CallbackEnd> {
    const settled = Promise.resolve(callback()).then((): CallbackEnd => "done");
    const waiting = this.#watch(name, limitMs);

    try {
      return await Promise.race([settled, waiting.givenUp]);
    } finally {
      waiting.cancel();
      settled.catch((error: unknown) => {
        if (waiting.isGivenUp()) {
          this.#logger.error(error, { callback: name });
        }
      });
    }
  }

  #watch(name: string, limitMs: number | undefined): Watch {
    const startedAtMs = this.#clock.now();
    const { promise, resolve } = Promise.withResolvers<CallbackEnd>();
    let timer: ClockTimer | undefined;
    let givenUp = false;

    const schedule = (): void => {
      const leftMs = limitMs === undefined ? REPORT_INTERVAL_MS : startedAtMs + limitMs - this.#clock.now();

      timer = this.#clock.schedule(Math.min(REPORT_INTERVAL_MS, leftMs), report);
    };

    const report = (): void => {
      const waitedMs = this.#clock.now() - startedAtMs;
      const seconds = Math.round(waitedMs / 1000);

      if (limitMs !== undefined && waitedMs >= limitMs) {
        givenUp = true;
        this.#logger.error(`${name} has not finished after ${seconds} s: no longer waited for`);
        resolve("given-up");

        return;
      }

      this.#logger.warn(`${name} has not finished after ${seconds} s: still waiting`);
      schedule();
    };

    schedule();

    return { givenUp: promise, isGivenUp: () => givenUp, cancel: () => timer?.cancel() };
  }
}

interface Watch {
  readonly givenUp: Promise<CallbackEnd>;
  isGivenUp(): boolean;
  cancel(): void;
}

/** How a registered function is called in a log line: its own name, or its place in the order. */
export function callbackName(kind: string, callback: { readonly name: string }, index: number): string {
  return callback.name === ""
    ? `systemCallbacks.${kind} callback ${index + 1}`
    : `systemCallbacks.${kind} callback ${index + 1} (${callback.name})`;
}
