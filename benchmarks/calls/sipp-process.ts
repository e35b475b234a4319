/** A sipp on 127.0.0.1 that makes or takes the calls of a scenario, and what it counted. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readSippCounts, type SippCounts } from "../../test/support/sipp-counts.ts";
import { isPortBound } from "../../test/support/sipp-port.ts";
import { readSetupTimesMs } from "./setup-times.ts";

const BIND_TIMEOUT_MS = 5_000;
/** Between being asked to end and being ended. */
const GRACE_MS = 2_000;
/** What the scenarios of the tests wait between ACK and BYE. */
const PAUSE = '<pause milliseconds="100"/>';

export interface SippProcessOptions {
  /** File in which `[protocol]`, `[contact]`, `[user]`, `[callee]` and `[checks]` are filled in. */
  readonly template: string;
  readonly transport: "udp" | "tcp";
  readonly port: number;
  readonly calleePort: number;
  /** Whether the callee looks at what the proxy has done, beside what every message shows. Default true. */
  readonly checksWork?: boolean;
  /** Further words of the command line. */
  readonly words: readonly string[];
  /** How long a call stays up. Default 100. */
  readonly holdMs?: number;
  /** Whether each message is noted, for setup times. It costs sipp a third more CPU. */
  readonly tracesMessages?: boolean;
}

export class SippProcess {
  readonly #process: ChildProcess;
  readonly #directory: string;

  constructor(options: SippProcessOptions) {
    this.#directory = mkdtempSync(join(tmpdir(), "oversip-benchmark-"));
    writeFileSync(join(this.#directory, "scenario.xml"), scenarioOf(options));
    this.#process = spawn(
      "sipp",
      [
        ...options.words,
        ...["-sf", "scenario.xml", "-i", "127.0.0.1", "-p", String(options.port)],
        ...["-t", options.transport === "udp" ? "u1" : "t1"],
        ...["-nostdin", "-nd", "-buff_size", "4194304"],
        ...["-trace_stat", "-stf", "counts.csv", "-fd", "1"],
        ...(options.tracesMessages ? ["-trace_shortmsg", "-shortmessage_file", "messages.csv"] : []),
      ],
      { cwd: this.#directory, stdio: "ignore" },
    );
  }

  /** @throws {Error} when it does not bind its port */
  async isBound(transport: "udp" | "tcp", port: number): Promise<void> {
    const deadline = performance.now() + BIND_TIMEOUT_MS;

    while (!isPortBound(transport, "127.0.0.1", port)) {
      if (this.#hasEnded || performance.now() > deadline) {
        this.#process.kill("SIGKILL");
        throw new Error(`sipp did not bind port ${port}`);
      }

      await sleep(10);
    }
  }

  /** Resolves when it has ended; it is asked to after `patienceMs`, and made to a little later. */
  async ended(patienceMs: number): Promise<void> {
    if (this.#hasEnded) {
      return;
    }

    const ask = setTimeout(() => this.#process.kill("SIGUSR1"), patienceMs);
    const kill = setTimeout(() => this.#process.kill("SIGKILL"), patienceMs + GRACE_MS);

    await once(this.#process, "exit");
    clearTimeout(ask);
    clearTimeout(kill);
  }

  /** As it wrote them last: once a second, and at its end. */
  counts(): SippCounts {
    return readSippCounts(readText(join(this.#directory, "counts.csv")));
  }

  setupTimesMs(): number[] {
    return readSetupTimesMs(join(this.#directory, "messages.csv"));
  }

  removeFiles(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}

function scenarioOf(options: SippProcessOptions): string {
  const { template, transport, port, calleePort, checksWork = true, holdMs } = options;
  const text = readFileSync(template, "utf8")
    .replaceAll("[protocol]", transport.toUpperCase())
    .replaceAll("[contact]", `127.0.0.1:${port}`)
    .replaceAll("[user]", "callee")
    .replaceAll("[checks]", String(checksWork))
    .replaceAll("[callee]", `127.0.0.1:${calleePort}${transport === "tcp" ? ";transport=tcp" : ""}`);

  if (holdMs === undefined) {
    return text;
  }

  if (!text.includes(PAUSE)) {
    throw new Error(`${template} has no ${PAUSE}, so its calls cannot be kept up`);
  }

  return text.replace(PAUSE, `<pause milliseconds="${holdMs}"/>`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
