/** A failure that carries the logs of everybody who took part. */
export async function withLogs<T>(
  participants: () => readonly { log(): string }[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof Error ? error.stack : String(error);

    throw new Error([text, ...participants().map((participant) => participant.log())].join("\n"));
  }
}
