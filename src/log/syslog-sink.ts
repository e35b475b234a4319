/**
 * Hands log lines to syslog through the program `logger` of util-linux, which
 * knows the socket of the system. It runs as a child process that is started
 * again when it ends; lines wait meanwhile, up to a limit. While no daemon
 * listens, they go to standard output instead.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock, ClockTimer } from "../util/clock.ts";
import type { LogSink } from "./log-sink.ts";
import { prefixLines } from "./log-sink.ts";
import type { LogLevel } from "./logger.ts";
import { priorityPrefix, type SyslogFacility } from "./syslog-priority.ts";

export interface SyslogSinkOptions {
  readonly facility: SyslogFacility;
  /** Tag of each line. */
  readonly processName: string;
  readonly clock: Clock;
  /** Takes the lines when the program cannot be run at all. */
  readonly fallback: LogSink;
  /** The program. Default `logger`. */
  readonly program?: string;
  /** Bytes that may wait for the program; more are dropped and counted. Default 1,048,576. */
  readonly maxBacklogBytes?: number;
}

const RESTART_MS = 1000;
/** After giving up: a daemon may have been started since. */
const RETRY_MS = 30_000;
const CLOSE_MS = 2000;
const MAX_FAILURES = 3;
const MAX_UNCONFIRMED = 1000;
/** Longest line that the program hands on whole, in bytes; the daemons cut at 8 KiB or more. */
const MAX_LINE_BYTES = 16_384;

interface PendingEntry {
  readonly level: LogLevel;
  readonly entry: string;
}

export class SyslogSink implements LogSink {
  readonly #options: SyslogSinkOptions;
  readonly #maxBacklogBytes: number;
  /** Written before the program runs, or while it is being started again. */
  #pending: PendingEntry[] = [];
  #pendingBytes = 0;
  /** Sent to a program that has not run for RESTART_MS yet: one that fails by then has handed on nothing. */
  #unconfirmed: PendingEntry[] = [];
  #child: ChildProcess | undefined;
  #restart: ClockTimer | undefined;
  #startedAtMs = 0;
  /** Times in a row that the program ended at once, failing. */
  #failureCount = 0;
  #droppedCount = 0;
  #isFallback = false;
  #isClosed = false;

  constructor(options: SyslogSinkOptions) {
    this.#options = options;
    this.#maxBacklogBytes = options.maxBacklogBytes ?? 1_048_576;
    this.#start();
  }

  write(level: LogLevel, entry: string): void {
    if (this.#isFallback) {
      this.#options.fallback.write(level, entry);

      return;
    }

    const waiting = this.#pendingBytes + (this.#child?.stdin?.writableLength ?? 0);

    if (this.#isClosed || waiting + entry.length > this.#maxBacklogBytes) {
      this.#droppedCount++;

      return;
    }

    if (this.#child === undefined) {
      this.#pending.push({ level, entry });
      this.#pendingBytes += entry.length;

      return;
    }

    this.#reportDropped();
    this.#send(level, entry);
  }

  close(): Promise<void> {
    const child = this.#child;

    this.#isClosed = true;
    this.#restart?.cancel();

    if (child === undefined || this.#isFallback) {
      child?.stdin?.end();

      if (this.#pending.length > 0) {
        this.#giveUp("the program does not run");
      }

      return this.#options.fallback.close();
    }

    return new Promise((resolve) => {
      const timer = this.#options.clock.schedule(CLOSE_MS, finish);

      function finish(): void {
        timer.cancel();
        resolve();
      }

      // The program ends at the end of its input, when it has handed on all of it.
      child.ref();
      child.once("close", finish);
      child.stdin?.end();
    });
  }

  #start(): void {
    const { facility, processName, clock, program = "logger" } = this.#options;
    const child = spawn(
      program,
      [
        "--prio-prefix",
        `--id=${process.pid}`,
        `--tag=${processName}`,
        `--priority=${facility}.notice`,
        `--size=${MAX_LINE_BYTES}`,
        // By default it drops lines without a word where no daemon listens.
        "--socket-errors=on",
      ],
      // In a process group of its own: the INT of a terminal would end it before our last lines.
      { stdio: ["pipe", "ignore", "inherit"], detached: true },
    );

    // Logging keeps no process alive.
    child.unref();
    (child.stdin as { unref?: () => void } | null)?.unref?.();

    child.once("error", (error) => {
      if (child.pid === undefined) {
        this.#giveUp(error.message);
      }
    });
    child.once("exit", (code) => this.#ended(code));
    // A program that ended does not read: its exit is what counts.
    child.stdin?.on("error", () => undefined);

    // Without an id it could not be run, which "error" is about to say.
    if (child.pid !== undefined) {
      this.#child = child;
      this.#startedAtMs = clock.now();

      if (this.#isFallback) {
        this.#restart = clock.schedule(RESTART_MS, () => this.#resume());
      } else {
        this.#flushPending();
      }
    }
  }

  #ended(code: number | null): void {
    const hasFailed = code !== 0 && this.#isYoung();
    const unconfirmed = this.#unconfirmed;

    this.#child = undefined;
    this.#unconfirmed = [];
    this.#restart?.cancel();
    this.#failureCount = hasFailed ? this.#failureCount + 1 : 0;

    if (hasFailed) {
      this.#pending = [...unconfirmed, ...this.#pending];
      this.#pendingBytes += unconfirmed.reduce((sum, { entry }) => sum + entry.length, 0);
    }

    if (this.#isFallback) {
      this.#retryLater();
    } else if (hasFailed && (this.#isClosed || this.#failureCount === MAX_FAILURES)) {
      this.#giveUp(`the program ends at once with exit code ${code}`);
      this.#retryLater();
    } else if (!this.#isClosed) {
      this.#restart = this.#options.clock.schedule(RESTART_MS, () => this.#start());
    }
  }

  #isYoung(): boolean {
    return this.#options.clock.now() - this.#startedAtMs < RESTART_MS;
  }

  #retryLater(): void {
    if (!this.#isClosed) {
      this.#restart = this.#options.clock.schedule(RETRY_MS, () => this.#start());
    }
  }

  /** The program has lived long enough to have found a daemon. */
  #resume(): void {
    this.#isFallback = false;
    this.#failureCount = 0;
    this.#options.fallback.write("notice", "log lines go to syslog again");
  }

  /** No daemon listens, or the program is not there, or not the one of util-linux. */
  #giveUp(reason: string): void {
    if (this.#isFallback) {
      return;
    }

    this.#isFallback = true;
    this.#options.fallback.write("error", `no syslog, log lines go to standard output: ${reason}`);

    for (const { level, entry } of this.#pending) {
      this.#options.fallback.write(level, entry);
    }

    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #flushPending(): void {
    const pending = this.#pending;

    this.#pending = [];
    this.#pendingBytes = 0;
    this.#reportDropped();

    for (const { level, entry } of pending) {
      this.#send(level, entry);
    }
  }

  #send(level: LogLevel, entry: string): void {
    if (this.#isYoung()) {
      if (this.#unconfirmed.length < MAX_UNCONFIRMED) {
        this.#unconfirmed.push({ level, entry });
      }
    } else if (this.#unconfirmed.length > 0) {
      this.#unconfirmed = [];
    }

    this.#child?.stdin?.write(`${prefixLines(entry, priorityPrefix(this.#options.facility, level))}\n`);
  }

  #reportDropped(): void {
    if (this.#droppedCount > 0) {
      const count = this.#droppedCount;

      this.#droppedCount = 0;
      this.#send("warn", `${count} log lines dropped: syslog does not take them fast enough`);
    }
  }
}
