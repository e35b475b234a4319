/** What `import ... from "oversip"` gives to the user's own files. */
import type { SystemCallbackRegistry } from "../api/system-callbacks.ts";

/** @param owner stands for one load of the user's files, which owns what it registers with `systemCallbacks`. */
export function createProgrammingInterface(owner: object, systemCallbacks: SystemCallbackRegistry): object {
  return { systemCallbacks: systemCallbacks.forOwner(owner) };
}
