/** The servers that are compared, each started for one scenario on a port of 127.0.0.1. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isPortBound } from "../../test/support/sipp-port.ts";
import type { Scenario } from "./scenario.ts";

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const KAMAILIO = "/usr/sbin/kamailio";

const SERVER = `import { SipProxy } from "oversip";

export const sipEvents = {
  onRequest(request) {
    if (request.inDialog && !request.looseRoute()) {
      if (request.method !== "ACK") {
        request.reply(403);
      }

      return;
    }

    void new SipProxy().route(request);
  },
};
`;

export interface StartOptions {
  readonly scenario: Scenario;
  readonly port: number;
  readonly calleePort: number;
  /** Of its own, gone when the benchmark ends. */
  readonly directory: string;
}

export interface Contender {
  readonly name: string;
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

  /** Resolves when it has bound its port. */
  static async start(contender: Contender, options: Omit<StartOptions, "directory">): Promise<Server> {
    const directory = mkdtempSync(join(tmpdir(), "oversip-benchmark-"));
    const server = new Server(contender, options.port, directory, contender.start({ ...options, directory }));
    const deadline = performance.now() + START_TIMEOUT_MS;

    while (!isPortBound(options.scenario.transport, "127.0.0.1", options.port)) {
      if (server.#process.exitCode !== null || performance.now() > deadline) {
        await server.stop();
        throw new Error(`${contender.name} did not start`);
      }

      await sleep(50);
    }

    return server;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const kill = setTimeout(() => this.#process.kill("SIGKILL"), STOP_TIMEOUT_MS);

      this.#process.kill("SIGTERM");
      await once(this.#process, "exit");
      clearTimeout(kill);
    }

    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export interface OversipOptions {
  readonly name: string;
  /** A checkout or an installed package. */
  readonly packageDirectory: string;
  /** Lines for the section `core` of oversip.conf. */
  readonly core?: readonly string[];
  /** Words for node, before the command. */
  readonly nodeOptions?: readonly string[];
}

export function oversip(options: OversipOptions): Contender {
  const { name, packageDirectory, core = [], nodeOptions = [] } = options;

  return {
    name,
    start: ({ scenario, port, directory }) => {
      writeFileSync(
        join(directory, "oversip.conf"),
        `core:\n${["syslog_level: warn", ...core].map((line) => `  ${line}\n`).join("")}` +
          `sip:\n  sip_udp: ${scenario.transport === "udp"}\n  sip_tcp: ${scenario.transport === "tcp"}\n` +
          `  listen_ipv4: 127.0.0.1\n  enable_ipv6: no\n  listen_port: ${port}\nwebsocket:\n  sip_ws: no\n`,
      );
      writeFileSync(join(directory, "server.ts"), SERVER);

      return spawn(
        process.execPath,
        [...nodeOptions, join(resolve(packageDirectory), "bin/oversip.js"), "--config-dir", directory],
        { stdio: ["ignore", "ignore", "inherit"] },
      );
    },
  };
}

/** Debian's Kamailio with one worker and its fast allocator; it logs errors only. */
export const kamailio: Contender = {
  name: "kamailio",
  start: ({ scenario, port, directory }) => {
    const file = join(directory, "kamailio.cfg");
    const { isOutbound, transport } = scenario;

    writeFileSync(
      file,
      readFileSync(join(import.meta.dirname, "kamailio.cfg"), "utf8")
        .replaceAll("[port]", String(port))
        .replaceAll("[transport]", transport)
        .replaceAll("[tcp]", transport === "tcp" ? "tcp_max_connections=1024" : "disable_tcp=yes")
        .replaceAll("[outbound]", isOutbound ? OUTBOUND_MODULES : "")
        .replaceAll("[path]", isOutbound ? ADD_PATH : ""),
    );

    return spawn(
      KAMAILIO,
      ["-f", file, "-DD", "-E", "-x", "fm", "-X", "fm", "-m", "512", "-M", "32", "-Y", directory],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
  },
};

const OUTBOUND_MODULES = `loadmodule "stun.so"
loadmodule "outbound.so"
loadmodule "path.so"
modparam("path", "use_received", 0)`;

const ADD_PATH = `	if (is_method("REGISTER")) {
		add_path();
	}
`;

/** floor.c; it is compiled when it is first started. */
export const floor: Contender = {
  name: "floor",
  start: ({ scenario, port, calleePort, directory }) => {
    const program = join(directory, "floor");

    execFileSync("gcc", ["-O2", "-Wall", "-o", program, join(import.meta.dirname, "floor.c")]);

    return spawn(program, [scenario.transport, String(port), String(calleePort)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  },
};
