/** Why the server does not start, for who started it. */
import { StartError } from "../app/lifecycle.ts";
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

  // The stack of what user code threw leads to the user's line; that of a socket would only lead into the server.
  const stack = error instanceof StartError && error.cause instanceof Error ? error.cause.stack : undefined;

  return `oversip: ${error.message}${stack === undefined ? "" : `\n${stack}`}`;
}

/** One line; that of the system names the call and the path. */
export function describeFileError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
