/** Why the server does not start, for who started it. */
import { ConfigurationError, formatProblem } from "../errors/errors.ts";

/** Problems of files one a line, as editors and scripts read them; everything else with its stack where it helps. */
export function reportStartFailure(error: unknown): void {
  process.stderr.write(`${describeStartFailure(error)}\n`);
}

function describeStartFailure(error: unknown): string {
  if (error instanceof ConfigurationError) {
    return error.problems.map(formatProblem).join("\n");
  }

  if (!(error instanceof Error)) {
    return `oversip: ${String(error)}`;
  }

  const cause = error.cause instanceof Error ? error.cause : undefined;

  return `oversip: ${error.message}${cause?.stack === undefined ? "" : `\n${cause.stack}`}`;
}
