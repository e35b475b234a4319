/**
 * Tells when the system is about to refuse, or refuses, this process one more
 * open file. The runtime does not: without one left it accepts a connection
 * and closes it at once, and says nothing of it.
 */
import { closeSync, openSync } from "node:fs";
import type { Logger } from "../log/logger.ts";
import { LimitedLog } from "../transport/limited-log.ts";
import type { Clock, ClockTimer } from "../util/clock.ts";

export interface OpenFilesWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of this process. Undefined when it is not known. */
  readonly limit: number | undefined;
  /** Files that are open beside connections. */
  readonly otherFiles: number;
  /** Connections that are open now. */
  connectionCount(): number;
  /** Opens a file and closes it, or throws. Default: the null device. */
  readonly probe?: (() => void) | undefined;
}

/** PERF: two system calls, and a sum over the transports. The list of open files in /proc would be too long. */
const INTERVAL_MS = 2_000;
const WARNED_SHARE = 0.9;
/** Below it, the next rise is warned of again. */
const RELIEVED_SHARE = 0.8;
const REPEAT_MS = 60_000;

export class OpenFilesWatch {
  readonly #options: OpenFilesWatchOptions;
  readonly #log: LimitedLog;
  #timer: ClockTimer | undefined;
  #isWarned = false;

  constructor(options: OpenFilesWatchOptions) {
    this.#options = options;
    this.#log = new LimitedLog(options.logger, options.clock, { maxLines: 1, intervalMs: REPEAT_MS });
  }

  start(): void {
    this.#timer = this.#options.clock.schedule(INTERVAL_MS, this.#look);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  readonly #look = (): void => {
    this.start();
    this.#lookAtCount();

    try {
      (this.#options.probe ?? openNullDevice)();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;

      if (code === "EMFILE" || code === "ENFILE") {
        this.#log.write(
          "error",
          "files",
          `no more files can be opened (${code}): new connections are closed at once, and none can be opened; raise the ` +
            "limit of open files, or lower max_connections",
          { connections: this.#options.connectionCount() },
        );
      }
    }
  };

  #lookAtCount(): void {
    const { limit, otherFiles, logger } = this.#options;

    if (limit === undefined) {
      return;
    }

    const connections = this.#options.connectionCount();
    const share = (connections + otherFiles) / limit;

    if (share < RELIEVED_SHARE) {
      this.#isWarned = false;
    } else if (share >= WARNED_SHARE && !this.#isWarned) {
      this.#isWarned = true;
      logger.warn(
        `${connections} connections are open, and at most ${limit} files and connections can be: beyond that, new ones ` +
          "are closed at once; raise the limit of open files, or lower max_connections",
      );
    }
  }
}

function openNullDevice(): void {
  closeSync(openSync("/dev/null", "r"));
}
