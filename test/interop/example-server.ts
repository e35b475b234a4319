/** One of the directories of examples/ as a running server: its own files, on free loopback ports. */
import { cpSync, existsSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseDocument, YAMLMap } from "yaml";
import { OversipProcess } from "../support/oversip-process.ts";
import { UserFiles } from "../support/user-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const MAX_LOG_LINES = 150;

export interface ExampleOptions {
  /** Directory in examples/. */
  readonly example: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Files beside those of the example, such as certificates. */
  readonly files?: Readonly<Record<string, string>>;
  /** Keys of its oversip.conf that are other than in the example, as "sip.listen_ipv4". */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** What differs from an example on the machine of its reader: the addresses that it listens on. */
const LOOPBACK_SETTINGS = {
  "core.log_format": "pretty",
  "core.shutdown_timeout": 0,
  "sip.enable_ipv6": false,
  "sip.listen_ipv4": "127.0.0.1",
  "sip.listen_port": 0,
  "sip.listen_port_tls": 0,
  "websocket.enable_ipv6": false,
  "websocket.listen_ipv4": "127.0.0.1",
  "websocket.listen_port": 0,
  "websocket.listen_port_tls": 0,
};

export class ExampleServer {
  readonly #files: UserFiles;
  readonly #process: OversipProcess;

  private constructor(files: UserFiles, environment: NodeJS.ProcessEnv) {
    this.#files = files;
    this.#process = OversipProcess.start(files, [], environment);
  }

  /** Resolves when it takes traffic. */
  static async start(options: ExampleOptions): Promise<ExampleServer> {
    const files = new UserFiles(options.files);
    const source = join(ROOT, "examples", options.example);

    cpSync(source, files.directory, { recursive: true });

    if (!existsSync(files.path("node_modules"))) {
      symlinkSync(join(ROOT, "node_modules"), files.path("node_modules"));
    }

    files.write("oversip.conf", withSettings(files.read("oversip.conf"), options.settings ?? {}));

    const server = new ExampleServer(files, options.environment ?? {});

    try {
      await server.#process.isRunning();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }

    return server;
  }

  /** "127.0.0.1:5060". */
  async address(transport: "udp" | "tcp" | "tls" | "ws" | "wss"): Promise<string> {
    const line = await this.#process.line(new RegExp(`^listening on ${transport} `));

    return /\d+\.\d+\.\d+\.\d+:\d+/.exec(line)?.[0] ?? "";
  }

  /** The first line that it prints and that matches, now or later. */
  line(pattern: RegExp): Promise<string> {
    return this.#process.line(pattern);
  }

  /** Lines that it printed and that match. */
  logged(pattern: RegExp): string[] {
    return this.#process.output.items.filter((line) => pattern.test(line));
  }

  log(): string {
    const { errors, output } = this.#process;

    return ["--- oversip:", ...output.items.slice(-MAX_LOG_LINES), ...errors.items].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.#files[Symbol.dispose]();
  }
}

function withSettings(text: string, settings: Readonly<Record<string, unknown>>): string {
  const document = parseDocument(text, { version: "1.1" });

  for (const [name, value] of Object.entries({ ...LOOPBACK_SETTINGS, ...settings })) {
    const [section = "", ...key] = name.split(".");

    // A map that `setIn` makes would be an ordered one of YAML 1.1.
    if (key.length > 0 && !document.has(section)) {
      document.set(section, new YAMLMap());
    }

    document.setIn([section, ...key], value);
  }

  return document.toString();
}
