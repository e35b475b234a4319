/**
 * `process.exit()` in user code, or in a package of its: stops the server in
 * order, as `exit` did in OverSIP 2.0, with the exit status that was asked for.
 */

/** Thrown by `process.exit()`, so that nothing behind the call runs, as ever. */
export class ProcessExit extends Error {
  override readonly name = "ProcessExit";
}

/**
 * Takes `process.exit` over from now on; what is returned gives it back.
 *
 * @param wanted told the exit status.
 */
export function takeProcessExit(wanted: (status: number) => void): () => void {
  const exit = process.exit;

  process.exit = (code) => {
    const status = exitStatusOf(code ?? process.exitCode);

    wanted(status);

    throw new ProcessExit(`process.exit(${status}) was called`);
  };

  return () => {
    process.exit = exit;
  };
}

/** As Node.js itself reads it: a whole number, maybe written as a text. */
function exitStatusOf(code: number | string | null | undefined): number {
  const status = Number(code ?? 0);

  return Number.isInteger(status) ? status : 1;
}
