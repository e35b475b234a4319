/**
 * The command `oversip` as a process of its own, as a user would start it:
 * waits for what it prints, sends it signals, and never leaves it behind.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { EventLog } from "./event-log.ts";
import type { UserFiles } from "./user-files.ts";

const COMMAND = join(resolve(import.meta.dirname, "../.."), "bin/oversip.js");

/** Loopback, a free port for each transport, plain log lines. */
export const LOOPBACK_CONFIGURATION = `core:
  log_format: pretty
sip:
  listen_ipv4: 127.0.0.1
  enable_ipv6: no
  listen_port: 0
`;

export interface OversipEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class OversipProcess {
  /** Lines of standard output, log lines included. */
  readonly output = new EventLog<string>();
  /** Lines of standard error. */
  readonly errors = new EventLog<string>();
  readonly #child: ChildProcess;
  readonly #ended: Promise<OversipEnd>;

  /** @param words what follows the program's name. */
  constructor(words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [COMMAND, ...words], {
      env: { ...process.env, NO_COLOR: "1", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = once(this.#child, "close").then(([code, signal]) => ({ code, signal }) as OversipEnd);
    readLines(this.#child.stdout, this.output);
    readLines(this.#child.stderr, this.errors);
  }

  /** `oversip run` on these files; `oversip.conf` is the one of LOOPBACK_CONFIGURATION unless written already. */
  static start(
    files: UserFiles,
    words: readonly string[] = [],
    environment?: NodeJS.ProcessEnv,
  ): OversipProcess {
    if (!files.has("oversip.conf")) {
      files.write("oversip.conf", LOOPBACK_CONFIGURATION);
    }

    return new OversipProcess([...words, "--config-dir", files.directory], environment);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits for the line that ends with `running`. */
  async isRunning(): Promise<void> {
    await this.line(/ running$/);
  }

  /** The first line of standard output that matches, now or later, from the line of that number on. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    const find = (lines: readonly string[]) => lines.slice(from).find((line) => pattern.test(line));

    await Promise.race([
      this.output.until(`a line ${pattern}`, (lines) => find(lines) !== undefined),
      this.#ended.then(() => {
        if (find(this.output.items) === undefined) {
          throw new Error(
            `ended without a line ${pattern}:\n${this.output.items.join("\n")}\n${this.errors.items.join("\n")}`,
          );
        }
      }),
    ]);

    return find(this.output.items) as string;
  }

  /** The port of the listening point of that transport. */
  async port(transport: string): Promise<number> {
    const line = await this.line(new RegExp(`^listening on ${transport} `));

    return Number(/:(\d+)( |$)/.exec(line)?.[1]);
  }

  /** Lines of standard output that a `server.ts` of a test printed: those with this mark. */
  marked(mark = "> "): string[] {
    return this.output.items.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
  }

  /** Closes the reading end of its standard output and error. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits until it has ended by itself. */
  end(): Promise<OversipEnd> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

function readLines(stream: Readable | null, log: EventLog<string>): void {
  if (stream !== null) {
    createInterface({ input: stream }).on("line", (line) => log.push(line));
  }
}
