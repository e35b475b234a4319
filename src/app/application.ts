/**
 * One server: reads its files, builds its layers, binds, and drives it through
 * its life. Nothing here touches the process (signals, exit, rights), so that
 * two servers can live in one.
 */
import { SystemCallbackRegistry, type SystemCallbacks } from "../api/system-callbacks.ts";
import type { Configuration } from "../config/configuration.ts";
import { loadConfiguration } from "../config/load-configuration.ts";
import { hasProxyProfiles } from "../config/load-proxy-profiles.ts";
import { formatProblem } from "../errors/errors.ts";
import type { RootLogger } from "../log/logger.ts";
import type { ListeningPoint } from "../transport/listening-point.ts";
import type { Clock } from "../util/clock.ts";
import { CallbackRunner } from "./callback-runner.ts";
import { ConfigurationFileWatch } from "./configuration-file-watch.ts";
import { Lifecycle, StartAbandonedError } from "./lifecycle.ts";
import { type PreparedReload, Reloader } from "./reloader.ts";
import { ServerFacts } from "./server-facts.ts";
import { readServerFiles } from "./server-files.ts";
import type { ServerParts, ServerPartsContext } from "./server-parts.ts";
import { ServerState } from "./server-state.ts";
import { UserLogic } from "./user-logic.ts";

export interface ApplicationOptions {
  /** Absolute. */
  readonly configDir: string;
  /** Name of the main file inside of `configDir`. */
  readonly configFile: string;
  readonly clock: Clock;
  readonly createLogger: (configuration: Configuration) => RootLogger;
  readonly createParts: (context: ServerPartsContext) => Promise<ServerParts>;
  readonly version: string;
  /** Makes what `import ... from "oversip"` gives to one load of the user's files. */
  readonly createInterface: (systemCallbacks: SystemCallbacks) => object;
  /** Called between binding and `onInitialize`: rights are dropped and the PID file is written here. */
  readonly bound: () => void;
  /** Told of each problem of a file during a reload. */
  readonly report: (problem: string) => void;
  readonly announce: (phase: "reloading" | "ready") => void;
  /** Told of an error that the server cannot live with: `stop(true)` is to follow. */
  readonly failed: () => void;
}

interface Running {
  readonly logger: RootLogger;
  readonly parts: ServerParts;
  readonly lifecycle: Lifecycle;
  readonly reloader: Reloader;
}

export class Application {
  readonly state = new ServerState();
  /** What the programming interface asks the server for. */
  readonly facts: ServerFacts;
  readonly #systemCallbacks = new SystemCallbackRegistry();
  readonly #options: ApplicationOptions;
  readonly #userLogic: UserLogic;
  #running: Running | undefined;
  #stopped: Promise<void> | undefined;
  #isReloadWanted = false;

  constructor(options: ApplicationOptions) {
    const { configDir, createInterface, version } = options;

    this.#options = options;
    this.facts = new ServerFacts(version, this.state, this.#systemCallbacks);
    this.#userLogic = new UserLogic({
      configDir,
      systemCallbacks: this.#systemCallbacks,
      makeInterface: (owner) => createInterface(this.#systemCallbacks.forOwner(owner)),
    });
  }

  get listeningPoints(): readonly ListeningPoint[] {
    return this.#running?.parts.listeningPoints ?? [];
  }

  /**
   * Resolves when traffic is processed.
   *
   * @throws {ConfigurationError} for files that cannot be used: nothing was bound.
   * @throws {TransportError} when a socket cannot be bound: no callback was called.
   * @throws {StartError} when a callback failed.
   * @throws {StartAbandonedError} when `stop` was called meanwhile.
   */
  async start(): Promise<void> {
    const running = await this.#build();

    try {
      this.#goOn();
      await running.parts.bind();
      this.#goOn();
      this.#options.bound();
      await running.lifecycle.start();
    } catch (error) {
      this.state.enterTerminating();
      await running.parts.close();

      throw error;
    }

    if (this.#isReloadWanted) {
      void running.reloader.reload();
    }
  }

  /**
   * Ends the server; a second call returns the same promise. Never rejects.
   * A server that is being started is closed at once, without a callback.
   *
   * @param error whether it dies of an unexpected error.
   */
  stop(error = false): Promise<void> {
    this.#stopped ??= this.#stop(error);

    return this.#stopped;
  }

  /** Reloads; while the server is being started, as soon as it runs. Resolves when no reload is under way. */
  async reload(): Promise<void> {
    if (this.state.status === "running") {
      await this.#running?.reloader.reload();
    } else {
      this.#isReloadWanted = this.state.status === "loading";
      this.logger?.notice(
        this.#isReloadWanted
          ? "will reload once the server runs"
          : "not reloading: the server is being stopped",
      );
    }
  }

  /** Calls `systemEvents.onUserReload`, if the server runs. */
  async userReload(): Promise<void> {
    if (this.state.status === "running") {
      await this.#running?.lifecycle.userReload();
    } else {
      this.logger?.notice(`systemEvents.onUserReload is not called: the server is ${this.state.status}`);
    }
  }

  /**
   * An error of the server's own that it cannot live with, such as in the
   * machinery of a reload: stops it, and gives `error` true to what is called.
   */
  fail(error: unknown): void {
    this.#running?.logger.crit(error);
    this.#options.failed();
  }

  /** Undefined until `oversip.conf` has been read. */
  get logger(): RootLogger | undefined {
    return this.#running?.logger;
  }

  async #build(): Promise<Running> {
    const { announce, clock, configDir, configFile, createLogger, createParts, report, version } =
      this.#options;
    const { facts, state } = this;
    const configurationFile = new ConfigurationFileWatch(configDir, configFile);
    const { configuration, notices } = loadConfiguration(configDir, configFile);
    const hasProfiles = hasProxyProfiles(configDir);
    const files = readServerFiles(configDir, configuration);
    const logger = createLogger(configuration);
    const handlers = () => this.#userLogic.handlers;

    facts.configurationLoaded(configuration, files, logger);

    for (const notice of notices) {
      logger.notice(notice);
    }

    const parts = await createParts({ configuration, files, logger, clock, state, handlers, version });

    facts.layersBuilt(parts.environment);

    const logic = await this.#userLogic.load([...files.profiles.keys()]);

    for (const warning of logic.warnings) {
      logger.warn(formatProblem(warning));
    }

    logic.activate();

    const lifecycle = new Lifecycle({
      logger,
      clock,
      state,
      runner: new CallbackRunner(logger, clock),
      systemCallbacks: this.#systemCallbacks,
      handlers,
      traffic: parts,
      shutdownTimeoutMs: configuration.core.shutdownTimeout * 1000,
    });
    const reloader = new Reloader({
      logger,
      // A file that an editor is about to put back must not cost the profiles.
      prepare: () => this.#prepareReload(configuration, hasProfiles, parts, logger),
      isWanted: () => state.status === "running",
      report,
      reloaded: async () => {
        await lifecycle.reloaded();
        tellNotice(configurationFile, logger);
      },
      ended: (outcome) => parts.reloadEnded(outcome),
      announce,
    });

    this.#running = { logger, parts, lifecycle, reloader };

    return this.#running;
  }

  async #prepareReload(
    configuration: Configuration,
    hasProfiles: boolean,
    parts: ServerParts,
    logger: RootLogger,
  ): Promise<PreparedReload> {
    const files = readServerFiles(this.#options.configDir, configuration, hasProfiles);
    const logic = await this.#userLogic.load([...files.profiles.keys()]);

    return {
      activate: () => {
        for (const warning of logic.warnings) {
          logger.warn(formatProblem(warning));
        }

        parts.applyFiles(files);
        this.facts.applyFiles(files);
        logic.activate();
      },
      discard: () => logic.discard(),
    };
  }

  async #stop(error: boolean): Promise<void> {
    const hasRun = this.state.status === "running";

    this.state.enterTerminating();

    if (hasRun) {
      await this.#running?.lifecycle.terminate(error);
    }

    await this.#running?.parts.close();
  }

  #goOn(): void {
    if (this.state.status === "terminating") {
      throw new StartAbandonedError("stopped while it was being started");
    }
  }
}

function tellNotice({ notice }: ConfigurationFileWatch, logger: RootLogger): void {
  if (notice !== undefined) {
    logger.notice(notice);
  }
}
