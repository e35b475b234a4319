/**
 * Runs one reload at a time. A wish to reload during a reload is served by
 * exactly one more after it, however many wishes there were.
 */
import { ConfigurationError, formatProblem } from "../errors/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { ReloadOutcome } from "../metrics/server-metrics.ts";

/** Files that were loaded and validated, but are not in force yet. */
export interface PreparedReload {
  activate(): void;
  discard(): void;
}

export interface ReloaderOptions {
  readonly logger: Logger;
  /** Reads everything anew. Rejects, without having changed anything, when something cannot be used. */
  readonly prepare: () => Promise<PreparedReload>;
  /** Whether a reload may still take effect; false once the server is being stopped. */
  readonly isWanted: () => boolean;
  /** Told of each problem of a file, as at start. */
  readonly report: (problem: string) => void;
  /** Calls the callbacks of a reload. */
  readonly reloaded: () => Promise<void>;
  /** Told of each reload that has succeeded or failed; of one that the stop has overtaken, not. */
  readonly ended: (outcome: ReloadOutcome) => void;
  /** Told when a reload begins and ends, whatever its outcome. */
  readonly announce: (phase: "reloading" | "ready") => void;
}

export class Reloader {
  readonly #options: ReloaderOptions;
  #isReloading = false;
  #isWantedAgain = false;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** Reloads now, or once more after the reload under way. Resolves when no reload is under way. Never rejects. */
  async reload(): Promise<void> {
    if (this.#isReloading) {
      this.#isWantedAgain = true;
      this.#options.logger.notice("reloading already: will reload once more");

      return;
    }

    this.#isReloading = true;

    do {
      this.#isWantedAgain = false;
      await this.#reloadOnce();
    } while (this.#isWantedAgain && this.#options.isWanted());

    this.#isReloading = false;
  }

  async #reloadOnce(): Promise<void> {
    const { announce, isWanted, logger, prepare, reloaded } = this.#options;

    logger.notice("reloading");
    announce("reloading");

    try {
      const prepared = await prepare();

      if (!isWanted()) {
        prepared.discard();

        return;
      }

      activate(prepared);
      await reloaded();
      logger.notice("reloaded");
      this.#options.ended("success");
    } catch (error) {
      this.#options.ended("failure");
      this.#reportFailure(error);
    } finally {
      if (isWanted()) {
        announce("ready");
      }
    }
  }

  #reportFailure(error: unknown): void {
    const { logger, report } = this.#options;

    if (error instanceof ConfigurationError) {
      for (const problem of error.problems) {
        report(formatProblem(problem));
        logger.error(formatProblem(problem));
      }
    } else {
      logger.error(error);
    }

    logger.error("not reloaded: what was in force stays in force");
  }
}

/** Either all of it is in force afterwards, or nothing. */
function activate(prepared: PreparedReload): void {
  try {
    prepared.activate();
  } catch (error) {
    prepared.discard();

    throw error;
  }
}
