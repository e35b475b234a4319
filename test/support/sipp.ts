/** Runs sipp (Debian's sip-tester) as a caller or callee over loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SCENARIOS = resolve(import.meta.dirname, "../sipp");

export interface SippOptions {
  /** File in test/sipp, without its ending. */
  readonly scenario: string;
  /** Address and port that are called; a callee has none. */
  readonly remote?: string;
  /** Default "127.0.0.1"; IPv6 without brackets. */
  readonly localIp?: string;
  /** Default: one that the system chooses. */
  readonly localPort?: number;
  /** sipp's `-t`: "u1" (default), "t1", "l1" ... */
  readonly transport?: string;
  /** How many calls; sipp ends after them. */
  readonly calls: number;
  /** Calls a second. Default 10. */
  readonly rate?: number;
  /** Values of `[name]` in the scenario. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Further arguments. */
  readonly extra?: readonly string[];
  /** Seconds after which sipp gives up, with an error. Default 60. */
  readonly timeoutSeconds?: number;
}

export interface SippResult {
  /** 0 when every call went as the scenario says. */
  readonly code: number | null;
  /** The last statistics screen, and the errors that sipp noted. */
  readonly report: string;
}

/** A UDP and TCP port that nobody uses at this moment. */
export async function findFreePort(ip: string): Promise<number> {
  const server = createServer();

  server.listen(0, ip);
  await once(server, "listening");

  const { port } = server.address() as AddressInfo;
  const socket = createSocket(ip.includes(":") ? "udp6" : "udp4");
  const bound = once(socket, "listening").then(
    () => true,
    () => false,
  );

  socket.on("error", () => {});
  socket.bind(port, ip);

  const isFree = await bound;

  socket.close();
  server.close();
  await once(server, "close");

  return isFree ? port : findFreePort(ip);
}

/** A sipp that runs. */
export class Sipp {
  readonly localPort: number;
  /** Address and port that it is reached at. */
  readonly address: string;
  readonly #process: ChildProcess;
  readonly #result: Promise<SippResult>;

  private constructor(process: ChildProcess, localIp: string, localPort: number, directory: string) {
    this.#process = process;
    this.localPort = localPort;
    this.address = localIp.includes(":") ? `[${localIp}]:${localPort}` : `${localIp}:${localPort}`;

    const output: string[] = [];

    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        // The screens come again and again; the last one is enough.
        output.push(text);
        output.splice(0, output.length - 50);
      });
    }

    this.#result = once(process, "close").then(([code]) => {
      const errors = readErrors(join(directory, "errors.log"));

      rmSync(directory, { recursive: true, force: true });

      return { code: code as number | null, report: `${output.join("").slice(-6000)}\n${errors}` };
    });
  }

  static async start(options: SippOptions): Promise<Sipp> {
    const localIp = options.localIp ?? "127.0.0.1";
    const localPort = options.localPort ?? (await findFreePort(localIp));
    const directory = mkdtempSync(join(tmpdir(), "oversip-sipp-"));
    const bracketed = localIp.includes(":") ? `[${localIp}]` : localIp;
    const keys = Object.entries(options.keys ?? {}).flatMap(([name, value]) => ["-key", name, value]);
    const child = spawn(
      "sipp",
      [
        ...(options.remote === undefined ? [] : [options.remote]),
        ...["-sf", join(SCENARIOS, `${options.scenario}.xml`)],
        ...["-i", bracketed, "-p", String(localPort), "-t", options.transport ?? "u1"],
        ...["-m", String(options.calls), "-r", String(options.rate ?? 10)],
        ...["-timeout", String(options.timeoutSeconds ?? 60), "-timeout_error"],
        ...["-trace_err", "-error_file", join(directory, "errors.log"), "-nostdin", "-nd"],
        ...keys,
        ...(options.extra ?? []),
      ],
      { cwd: directory, stdio: ["ignore", "pipe", "pipe"] },
    );

    return new Sipp(child, localIp, localPort, directory);
  }

  /** Resolves when sipp has ended. */
  result(): Promise<SippResult> {
    return this.#result;
  }

  /** Ends sipp if it still runs. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill("SIGKILL");
    }

    await this.#result;
  }
}

function readErrors(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(0, 4000);
  } catch {
    return "";
  }
}
