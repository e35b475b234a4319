/** How many files, and so connections, the system lets this process open. */
import { readdirSync, readFileSync } from "node:fs";

const ADVISED_FILES = 65_536;

/** A warning when the limit is low for a server of connections; undefined when it is not, or is not known. */
export function fileLimitWarning(path = "/proc/self/limits"): string | undefined {
  const files = readFileLimit(path);

  return files === undefined || files >= ADVISED_FILES
    ? undefined
    : `at most ${files} files and connections can be open; for a server of many connections raise it to ` +
        `${ADVISED_FILES} or more (LimitNOFILE= in a systemd unit, ulimit -n in a shell)`;
}

/** Undefined when it is not known, or there is none. */
export function readFileLimit(path = "/proc/self/limits"): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(path, "utf8"))?.[1];

    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** Files that are open now. Their list is long while connections are: for the start. 0 when it cannot be read. */
export function countOpenFiles(path = "/proc/self/fd"): number {
  try {
    return readdirSync(path).length;
  } catch {
    return 0;
  }
}
