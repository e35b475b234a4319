/** A server that is compared, started for one scenario on a port of 127.0.0.1. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isPortBound } from "../../test/support/sipp-port.ts";

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

export interface StartOptions {
  /** Over which it is spoken to at `port`. */
  readonly transport: "udp" | "tcp";
  /** What it has to do for REGISTER (RFC 5626 section 5.1). */
  readonly isOutbound: boolean;
  readonly port: number;
  readonly calleePort: number;
  /** For WebSocket connections, any number of them, from UDP to which REGISTER is passed on. Default: none are taken. */
  readonly wsPort?: number;
  /** Of its own, gone when the benchmark ends. */
  readonly directory: string;
}

export interface Contender {
  readonly name: string;
  /** What only passes packets on takes no part where more is asked. */
  readonly isFloor?: boolean;
  readonly start: (options: StartOptions) => ChildProcess;
}

/** A contender that runs. */
export class Server {
  readonly contender: Contender;
  readonly port: number;
  readonly #directory: string;
  readonly #process: ChildProcess;

  private constructor(contender: Contender, port: number, directory: string, process: ChildProcess) {
    this.contender = contender;
    this.port = port;
    this.#directory = directory;
    this.#process = process;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Resolves when it has bound its ports. */
  static async start(contender: Contender, options: Omit<StartOptions, "directory">): Promise<Server> {
    const directory = mkdtempSync(join(tmpdir(), "oversip-benchmark-"));
    const server = new Server(contender, options.port, directory, contender.start({ ...options, directory }));
    const deadline = performance.now() + START_TIMEOUT_MS;

    while (!isReady(options)) {
      if (server.hasEnded || performance.now() > deadline) {
        await server.stop();
        throw new Error(`${contender.name} did not start`);
      }

      await sleep(50);
    }

    return server;
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) {
      const kill = setTimeout(() => this.#process.kill("SIGKILL"), STOP_TIMEOUT_MS);

      this.#process.kill("SIGTERM");
      await once(this.#process, "exit");
      clearTimeout(kill);
    }

    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function isReady({ transport, port, wsPort }: Omit<StartOptions, "directory">): boolean {
  return (
    isPortBound(transport, "127.0.0.1", port) &&
    (wsPort === undefined || isPortBound("tcp", "127.0.0.1", wsPort))
  );
}
