/** How many connections a server may have on this machine. */
import { readFileSync } from "node:fs";

/** What a server opens beside its connections, and some to spare. */
const OTHER_FILES = 300;

/** `connections`, or fewer where a process may not open so many files. */
export function largestConnectionCount(connections: number): number {
  const limit = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  const largest = limit === undefined ? connections : Number(limit) - OTHER_FILES;

  if (connections > largest) {
    process.stderr.write(
      `${largest} connections in place of ${connections}: a process may open ${limit} files\n`,
    );
  }

  return Math.min(connections, largest);
}
