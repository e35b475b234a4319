/** A program of somebody else's that a test runs beside the server: its output is kept, and it never stays behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { EventLog } from "./event-log.ts";

const MAX_LOG_LINES = 400;
const STOP_TIMEOUT_MS = 3000;

export interface BackgroundProcessOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly directory?: string;
}

export class BackgroundProcess {
  /** Lines of standard output and error, in the order of their coming. */
  readonly output = new EventLog<string>();
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  /** @param words the program and its arguments. */
  constructor(name: string, words: readonly string[], options: BackgroundProcessOptions = {}) {
    const [program = "", ...args] = words;

    this.name = name;
    this.#child = spawn(program, args, {
      ...(options.directory === undefined ? {} : { cwd: options.directory }),
      // A group of its own: what it starts ends with it.
      detached: true,
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.on("error", (error) => this.output.push(`${program}: ${error.message}`));
    this.#ended = once(this.#child, "close").then(
      () => {},
      () => {},
    );

    for (const stream of [this.#child.stdout, this.#child.stderr] as (Readable | null)[]) {
      if (stream !== null) {
        createInterface({ input: stream }).on("line", (line) => this.#keep(line));
      }
    }
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  /** Asks again and again until it is so; fails with the output when the program ends, or time does. */
  async until(what: string, isMet: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;

    while (!(await isMet())) {
      if (this.hasEnded || performance.now() > deadline) {
        throw new Error(
          `${this.name}: ${this.hasEnded ? "ended before" : "waited in vain for"} ${what}\n${this.log()}`,
        );
      }

      await sleep(25);
    }
  }

  /** The end of its output under its name, for the report of a failure. */
  log(): string {
    return `--- ${this.name}:\n${this.output.items.slice(-MAX_LOG_LINES).join("\n")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("SIGTERM");
    await Promise.race([this.#ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    this.#signal("SIGKILL");
    await this.#ended;
  }

  #keep(line: string): void {
    const text = stripVTControlCharacters(line).trimEnd();

    if (text !== "") {
      this.output.push(text);
    }
  }

  #signal(name: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid ?? Number.NaN), name);
    } catch {
      // All of the group have ended.
    }
  }
}
