/** Standard output of a command whose answer is all that it is for. */
import { describeFileError } from "./report.ts";

/**
 * Runs a command, and takes its answer for given only when it could be written: `oversip completion bash > FILE` on a full disk has
 * failed.
 *
 * @returns the exit status.
 */
export async function withStandardOutput(perform: () => Promise<number>): Promise<number> {
  // A stream that fails would end the process by a stack otherwise.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => undefined);
  }

  const status = await perform();
  const failure = await new Promise<Error | null | undefined>((resolve) => {
    process.stdout.write("", (error) => resolve(process.stdout.errored ?? error));
  });

  // Who reads no further, as `head` does, has what it wanted.
  if (status !== 0 || failure == null || ("code" in failure && failure.code === "EPIPE")) {
    return status;
  }

  process.stderr.write(`oversip: standard output: ${describeFileError(failure)}\n`);

  return 1;
}
