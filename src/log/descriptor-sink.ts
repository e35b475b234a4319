/**
 * Writes log lines to a file descriptor, by default standard output, at once:
 * what was logged before a crash is out. A pipe whose reader is slow may
 * refuse (EAGAIN); lines then wait here, up to a limit.
 */
import { writeSync } from "node:fs";
import type { Clock, ClockTimer } from "../util/clock.ts";
import type { LogSink } from "./log-sink.ts";
import { prefixLines } from "./log-sink.ts";
import type { LogLevel } from "./logger.ts";
import { severityPrefix } from "./syslog-priority.ts";

export interface DescriptorSinkOptions {
  readonly descriptor: number;
  readonly clock: Clock;
  /** Whether each line begins with its severity as `<N>`, for the journal of systemd. */
  readonly hasSeverityPrefix: boolean;
  /** Bytes that may wait for a reader; more are dropped and counted. Default 1,048,576. */
  readonly maxBacklogBytes?: number;
  /** Writes to the descriptor; for tests. Returns how many bytes were taken. */
  readonly write?: (descriptor: number, data: Buffer) => number;
}

const RETRY_MS = 50;
/** How long a crit line, or the end of the server, waits for a reader. */
const MAX_WAIT_MS = 500;
const WAIT_STEP_MS = 5;

export class DescriptorSink implements LogSink {
  readonly #options: DescriptorSinkOptions;
  readonly #maxBacklogBytes: number;
  readonly #write: (descriptor: number, data: Buffer) => number;
  readonly #backlog: Buffer[] = [];
  #backlogBytes = 0;
  #droppedCount = 0;
  #retry: ClockTimer | undefined;
  #isBroken = false;

  constructor(options: DescriptorSinkOptions) {
    this.#options = options;
    this.#maxBacklogBytes = options.maxBacklogBytes ?? 1_048_576;
    this.#write = options.write ?? ((descriptor, data) => writeSync(descriptor, data));
  }

  write(level: LogLevel, entry: string): void {
    if (this.#isBroken) {
      return;
    }

    const text = this.#options.hasSeverityPrefix ? prefixLines(entry, severityPrefix(level)) : entry;
    const data = Buffer.from(`${text}\n`);

    if (this.#backlogBytes + data.length > this.#maxBacklogBytes) {
      this.#droppedCount++;
    } else {
      this.#backlog.push(data);
      this.#backlogBytes += data.length;
    }

    this.#drain();

    if (level === "crit") {
      this.#drainWaiting();
    }
  }

  close(): Promise<void> {
    this.#drainWaiting();
    this.#retry?.cancel();
    this.#retry = undefined;

    return Promise.resolve();
  }

  #drain(): void {
    for (let data = this.#backlog[0]; data !== undefined && !this.#isBroken; data = this.#backlog[0]) {
      const taken = this.#tryWrite(data);

      if (taken === undefined) {
        this.#retry ??= this.#options.clock.schedule(RETRY_MS, () => {
          this.#retry = undefined;
          this.#drain();
        });

        return;
      }

      this.#backlogBytes -= taken;

      if (taken === data.length) {
        this.#backlog.shift();
        this.#reportDropped();
      } else {
        this.#backlog[0] = data.subarray(taken);
      }
    }
  }

  /** SECURITY: the server stops here for at most MAX_WAIT_MS, and only for lines that are its last or nearly so. */
  #drainWaiting(): void {
    const cell = new Int32Array(new SharedArrayBuffer(4));

    for (let waited = 0; this.#backlog.length > 0 && waited < MAX_WAIT_MS; waited += WAIT_STEP_MS) {
      this.#drain();

      if (this.#backlog.length > 0) {
        Atomics.wait(cell, 0, 0, WAIT_STEP_MS);
      }
    }
  }

  /** How many bytes were taken; undefined when none can be now. A reader that is gone takes everything, to no use. */
  #tryWrite(data: Buffer): number | undefined {
    try {
      return this.#write(this.#options.descriptor, data);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;

      if (code === "EAGAIN") {
        return undefined;
      }

      // EPIPE, EIO, EBADF: nobody will read here again. A full disk (ENOSPC) may get room: only this line is lost.
      if (code !== "ENOSPC" && code !== "EDQUOT") {
        this.#isBroken = true;
        this.#backlog.length = 0;
        this.#backlogBytes = data.length;
      }

      return data.length;
    }
  }

  #reportDropped(): void {
    if (this.#droppedCount > 0 && this.#backlog.length === 0 && !this.#isBroken) {
      const count = this.#droppedCount;

      this.#droppedCount = 0;
      this.write("warn", `${count} log lines dropped: nobody reads fast enough`);
    }
  }
}
