/** Problems as a reader goes through the file. */
import type { ConfigurationProblem } from "../errors/errors.ts";

/** By line and column; those without a place first. */
export function inFileOrder(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  return problems.toSorted(
    (left, right) => (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  );
}
