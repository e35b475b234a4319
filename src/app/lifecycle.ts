/**
 * The order of a server's life after its sockets are bound: initialise, start,
 * run, terminate. `docs/reference/lifecycle.md` draws it. What binds, loads
 * and exits is `application.ts`.
 */
import type { SystemCallbackRegistry } from "../api/system-callbacks.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";
import { type CallbackRunner, callbackName } from "./callback-runner.ts";
import type { ServerState } from "./server-state.ts";
import type { EventHandlers } from "./user-logic-exports.ts";

/** How long one callback is waited for when the server stops. */
export const TERMINATED_LIMIT_MS = 10_000;
/** How long one callback is waited for after a reload, so that it does not keep the next reload away for good. */
const RELOAD_LIMIT_MS = 60_000;

/** What the lifecycle asks of the layers that carry traffic. */
export interface Traffic {
  /** Takes no new connections. */
  stopListening(): void;
  /** Transactions that exist, those included that only wait for retransmissions. */
  readonly activeTransactionCount: number;
  /** Resolves when no transaction waits for its final response. */
  whenIdle(): Promise<void>;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly state: ServerState;
  readonly runner: CallbackRunner;
  readonly systemCallbacks: SystemCallbackRegistry;
  /** The user's handlers in force. */
  readonly handlers: () => EventHandlers;
  readonly traffic: Traffic;
  readonly shutdownTimeoutMs: number;
}

/** User code failed while the server was being started. */
export class StartError extends Error {
  constructor(callback: string, cause: unknown) {
    super(`${callback} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "StartError";
  }
}

/** The start was overtaken by a stop. */
export class StartAbandonedError extends Error {
  override readonly name = "StartAbandonedError";
}

export class Lifecycle {
  readonly #options: LifecycleOptions;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /**
   * Steps 3 to 6 of the start.
   *
   * @throws {StartError} when a callback throws or rejects.
   * @throws {StartAbandonedError} when the server is being stopped meanwhile.
   */
  async start(): Promise<void> {
    const { handlers, state, systemCallbacks } = this.#options;

    await this.#startStep("systemEvents.onInitialize", () => handlers().systemEvents.onInitialize?.());

    let index = 0;

    for (const callback of systemCallbacks.callbacks("onStarted")) {
      await this.#startStep(callbackName("onStarted", callback, index++), () => callback(false));
    }

    await this.#startStep("systemEvents.onStarted", () => handlers().systemEvents.onStarted?.());
    this.#goOn();
    state.enterRunning();
  }

  /** Everything between the wish to stop and the closing of the sockets. Never rejects. */
  async terminate(error: boolean): Promise<void> {
    const { handlers, state, systemCallbacks, traffic } = this.#options;

    state.enterTerminating();
    traffic.stopListening();
    await this.#transactionsEnd();
    await this.#lastStep("systemEvents.onTerminated", () => handlers().systemEvents.onTerminated?.(error));

    const callbacks = [...systemCallbacks.callbacks("onTerminated")];

    for (const [index, callback] of [...callbacks.entries()].reverse()) {
      await this.#lastStep(callbackName("onTerminated", callback, index), () => callback(error));
    }
  }

  /** Step 3 of a reload. Never rejects. */
  async reloaded(): Promise<void> {
    let index = 0;

    for (const callback of this.#options.systemCallbacks.callbacks("onReload")) {
      const name = callbackName("onReload", callback, index++);

      await this.#guarded(name, () => callback(false), RELOAD_LIMIT_MS);
    }
  }

  /** `systemEvents.onUserReload`. Never rejects. */
  async userReload(): Promise<void> {
    const { handlers } = this.#options;

    await this.#guarded("systemEvents.onUserReload", () => handlers().systemEvents.onUserReload?.());
  }

  async #startStep(name: string, callback: () => unknown): Promise<void> {
    this.#goOn();

    try {
      await this.#options.runner.run(name, callback);
    } catch (error) {
      throw new StartError(name, error);
    }
  }

  #goOn(): void {
    if (this.#options.state.status === "terminating") {
      throw new StartAbandonedError("stopped while it was being started");
    }
  }

  async #lastStep(name: string, callback: () => unknown): Promise<void> {
    await this.#guarded(name, callback, TERMINATED_LIMIT_MS);
  }

  async #guarded(name: string, callback: () => unknown, limitMs?: number): Promise<void> {
    try {
      await this.#options.runner.run(name, callback, limitMs);
    } catch (error) {
      this.#options.logger.error(error, { callback: name });
    }
  }

  async #transactionsEnd(): Promise<void> {
    const { clock, logger, shutdownTimeoutMs, traffic } = this.#options;

    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.schedule(shutdownTimeoutMs, () => {
      logger.notice(`transactions did not end in time: ${traffic.activeTransactionCount} are dropped`);
      resolve();
    });

    await Promise.race([promise, traffic.whenIdle()]);
    timer.cancel();
  }
}
