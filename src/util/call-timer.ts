/** Measures calls, so that a layer need not know who asks for it, or why. */
export interface CallTimer {
  /** Calls; what it returns or throws stays the same. `name`: one of a few fixed ones. */
  time<Result>(name: string, call: () => Result): Result;
}
