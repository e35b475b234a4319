/** Calls a callback of the user's code, which may throw, reject, or never settle. */

export interface CallbackSteps {
  /** It returned, or its promise was fulfilled. */
  done(): void;
  /** It threw, or its promise was rejected. */
  failed(error: unknown): void;
  /** It returned a promise, which is waited for. */
  waiting?(): void;
}

/** One of `done` and `failed` is called, once; in this turn unless there is a promise. */
export function runCallback(callback: () => unknown, steps: CallbackSteps): void {
  let result: unknown;

  try {
    result = callback();
  } catch (error) {
    steps.failed(error);

    return;
  }

  if (!isThenable(result)) {
    steps.done();

    return;
  }

  steps.waiting?.();
  Promise.resolve(result).then(
    () => steps.done(),
    (error: unknown) => steps.failed(error),
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
