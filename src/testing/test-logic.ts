/** The code that is tested: its first load, and the reloads that replace it. */
import { processServer } from "../api/process-server.ts";
import type { SystemCallbackRegistry } from "../api/system-callbacks.ts";
import type { ServerFacts } from "../app/server-facts.ts";
import type { EventHandlers } from "../app/user-logic-exports.ts";
import { InvalidStateError } from "../errors/errors.ts";
import { loadEvents, type OversipModule } from "./load-events.ts";
import type { ReloadableSetup } from "./test-server-options.ts";

interface Load {
  readonly handlers: EventHandlers;
  readonly oversip: OversipModule;
}

export class TestLogic {
  readonly #facts: ServerFacts;
  readonly #registry: SystemCallbackRegistry;
  /** Undefined before the first load. */
  #current: Load | undefined = undefined;

  constructor(facts: ServerFacts, registry: SystemCallbackRegistry) {
    this.#facts = facts;
    this.#registry = registry;
  }

  /** Those in force; all missing before the first load. */
  get handlers(): EventHandlers {
    return this.#current?.handlers ?? { systemEvents: {}, sipEvents: {}, webSocketEvents: {} };
  }

  /** @throws {InvalidStateError} before the first load. */
  get oversip(): OversipModule {
    if (this.#current === undefined) {
      throw new InvalidStateError("nothing is loaded yet");
    }

    return this.#current.oversip;
  }

  /**
   * Loads the code and puts it into force; of a load that fails, nothing is.
   *
   * @param filesRead puts into force what was read with it.
   * @throws {ConfigurationError} as the server would say why the file cannot be used.
   * @throws {InvalidStateError} for handlers by whose `import "oversip"` another server is meant.
   */
  async load({ events, profileNames }: ReloadableSetup, filesRead: () => void): Promise<void> {
    if (typeof events === "object" && !processServer.is(this.#facts)) {
      throw new InvalidStateError(
        'import "oversip" means another server of this process: close it first, or give events as a function',
      );
    }

    const { activate, handlers, oversip } = await loadEvents(
      events,
      this.#facts,
      this.#registry,
      profileNames,
    );

    filesRead();
    this.#current = { handlers, oversip };
    activate();
  }
}
