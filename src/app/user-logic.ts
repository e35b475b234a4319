/**
 * The user's logic: loads it from the configuration directory and holds the
 * load that is in force. A load that fails leaves the one before it in force,
 * whole.
 */
import { readFile } from "node:fs/promises";
import type { SystemCallbackRegistry } from "../api/system-callbacks.ts";
import type { ConfigurationProblem } from "../errors/errors.ts";
import { bundleUserLogic } from "./user-logic-bundle.ts";
import { checkExports, type EventHandlers, exportsNothing } from "./user-logic-exports.ts";
import { findUserLogicFile } from "./user-logic-file.ts";
import { runUserLogic } from "./user-logic-module.ts";
import { requireKnownProfiles } from "./user-logic-profiles.ts";

export interface UserLogicOptions {
  /** Absolute. */
  readonly configDir: string;
  readonly systemCallbacks: SystemCallbackRegistry;
  /** Makes what `import ... from "oversip"` gives to one load of the user's files. */
  readonly makeInterface: (owner: object) => object;
}

export class UserLogic {
  readonly #options: UserLogicOptions;
  #current: EventHandlers = { systemEvents: {}, sipEvents: {}, webSocketEvents: {} };

  constructor(options: UserLogicOptions) {
    this.#options = options;
  }

  /** The handlers in force; all missing before the first load. */
  get handlers(): EventHandlers {
    return this.#current;
  }

  /**
   * Loads the user's files anew; `activate` of the result puts them into force.
   *
   * @param profileNames sections of proxies.conf: the files may name no other. Undefined: not checked.
   * @throws {ConfigurationError} when they cannot be used; nothing has changed then.
   */
  async load(profileNames?: readonly string[]): Promise<LoadedUserLogic> {
    const { configDir, systemCallbacks, makeInterface } = this.#options;
    const owner = {};

    try {
      const entryFile = findUserLogicFile(configDir);
      const bundle = await bundleUserLogic(entryFile);

      await requireKnownProfiles(bundle, entryFile, profileNames);

      const exports = runUserLogic(entryFile, bundle, makeInterface(owner));
      const handlers = checkExports(exports, entryFile, await readFile(entryFile, "utf8"));
      const warnings = [...bundle.warnings];

      if (exportsNothing(exports)) {
        warnings.push({
          file: entryFile,
          message: "exports none of systemEvents, sipEvents and webSocketEvents",
        });
      }

      return {
        warnings,
        activate: () => {
          systemCallbacks.activate(owner);
          this.#current = handlers;
        },
        discard: () => systemCallbacks.discard(owner),
      };
    } catch (error) {
      systemCallbacks.discard(owner);

      throw error;
    }
  }
}

/** A load that is not in force yet: either `activate` or `discard` is called. */
export interface LoadedUserLogic {
  readonly warnings: readonly ConfigurationProblem[];
  activate(): void;
  discard(): void;
}
