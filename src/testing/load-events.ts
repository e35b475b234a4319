/** Gets at the event handlers that are tested: of a file, loaded as the server loads it, or given by the test. */
import { readFile } from "node:fs/promises";
import { createProgrammingInterface, type ProgrammingInterface } from "../api/programming-interface.ts";
import type { ServerContext } from "../api/server-context.ts";
import type { SystemCallbackRegistry } from "../api/system-callbacks.ts";
import { bundleUserLogic } from "../app/user-logic-bundle.ts";
import { checkExports, type EventHandlers } from "../app/user-logic-exports.ts";
import { runUserLogic } from "../app/user-logic-module.ts";
import { requireKnownProfiles } from "../app/user-logic-profiles.ts";
import { outboundMangling } from "../modules/outbound-mangling.ts";
import { userAssertion } from "../modules/user-assertion.ts";

/** What `import ... from "oversip"` gives. */
export interface OversipModule extends ProgrammingInterface {
  readonly outboundMangling: typeof outboundMangling;
  readonly userAssertion: typeof userAssertion;
}

/** Those that a server module exports; each may be left out, and what else there is does no harm. */
export type ServerEvents = Partial<EventHandlers>;

/** Where the handlers come from: an absolute path, or what a test gave. */
export type EventSource = string | ServerEvents | ((oversip: OversipModule) => ServerEvents);

/** What a test's own handlers are called in messages. */
const INLINE_NAME = "events";

export interface LoadedEvents {
  readonly handlers: EventHandlers;
  readonly oversip: OversipModule;
  /** Puts `systemCallbacks` that were registered meanwhile into force. */
  activate(): void;
}

/**
 * @param profileNames sections of proxies.conf: a file may name no other. Undefined: not checked.
 * @throws {ConfigurationError} as the server would say why the file cannot be used.
 */
export async function loadEvents(
  source: EventSource,
  server: ServerContext,
  registry: SystemCallbackRegistry,
  profileNames?: readonly string[],
): Promise<LoadedEvents> {
  const owner = {};
  const oversip: OversipModule = {
    ...createProgrammingInterface(server),
    outboundMangling,
    userAssertion,
    systemCallbacks: registry.forOwner(owner),
  };
  const activate = (): void => registry.activate(owner);

  try {
    if (typeof source !== "string") {
      const exports = typeof source === "function" ? source(oversip) : source;

      return { handlers: checkExports(exports, INLINE_NAME, ""), oversip, activate };
    }

    const bundle = await bundleUserLogic(source);

    await requireKnownProfiles(bundle, source, profileNames);

    const exports = runUserLogic(source, bundle, oversip);

    return { handlers: checkExports(exports, source, await readFile(source, "utf8")), oversip, activate };
  } catch (error) {
    registry.discard(owner);

    throw error;
  }
}
