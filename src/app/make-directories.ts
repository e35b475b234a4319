/** Directories, with those above them. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a directory, and those above it that are not there.
 *
 * Not by the `recursive` option of Node.js, which never returns where the system
 * answers "no such directory" for one whose parent is there, as `/proc` does.
 *
 * @throws {Error} of the system; a directory that is there already is none.
 */
export function makeDirectories(path: string): void {
  const directory = resolve(path);
  const parent = dirname(directory);

  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) {
    return;
  }

  if (!existsSync(parent)) {
    makeDirectories(parent);
  }

  mkdirSync(directory);
}
