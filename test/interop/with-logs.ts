/** A failure that carries the logs of everybody who took part. */
export async function withLogs<T>(
  participants: () => readonly { log(): string }[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) {
      error.message = [error.message, ...participants().map((participant) => participant.log())].join("\n");
    }

    throw error;
  }
}
