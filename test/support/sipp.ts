/**
 * Runs sipp (Debian's sip-tester) as a caller or callee over loopback. A
 * scenario of test/sipp is a template: `[name]` is replaced wherever it stands,
 * also where sipp itself takes no keyword, such as in `<recv response="[status]"/>`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readSippCounts, type SippCounts } from "./sipp-counts.ts";
import { isPortBound } from "./sipp-port.ts";

const SCENARIOS = resolve(import.meta.dirname, "../sipp");
const BIND_TIMEOUT_MS = 5000;

export interface SippOptions {
  /** File in test/sipp, without its ending. */
  readonly scenario: string;
  /** Address and port that is called; a callee has none. */
  readonly remote?: string;
  /** Default "127.0.0.1"; IPv6 without brackets. */
  readonly localIp?: string;
  /** Default: one that the system chooses. */
  readonly localPort?: number;
  /** Default "udp". "tls" speaks TCP to `remote`, which has to be a `SippTlsTunnel`, and names TLS in its messages. */
  readonly transport?: "udp" | "tcp" | "tls";
  /** How many calls; sipp ends after them. */
  readonly calls: number;
  /** Calls a second. Default 10. */
  readonly rate?: number;
  /** Values of `[name]` in the scenario, beside `protocol`, `contact` and `user`, which are there always. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Further arguments. */
  readonly extra?: readonly string[];
  /** Seconds after which sipp gives up, with an error. Default 60. */
  readonly timeoutSeconds?: number;
}

export interface SippResult extends SippCounts {
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
  readonly scenario: string;
  readonly localPort: number;
  /** Address and port that it is reached at. */
  readonly address: string;
  readonly #process: ChildProcess;
  readonly #result: Promise<SippResult>;

  private constructor(process: ChildProcess, scenario: string, address: string, directory: string) {
    this.#process = process;
    this.scenario = scenario;
    this.address = address;
    this.localPort = Number(address.slice(address.lastIndexOf(":") + 1));

    const output: string[] = [];

    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        // The screens come again and again; the last one is enough.
        output.push(text);
        output.splice(0, output.length - 50);
      });
    }

    this.#result = once(process, "close").then(([code]) => {
      const errors = readText(join(directory, "errors.log")).slice(0, 4000);
      const counts = readSippCounts(readText(join(directory, "counts.csv")));

      rmSync(directory, { recursive: true, force: true });

      return { ...counts, code: code as number | null, report: `${output.join("").slice(-6000)}\n${errors}` };
    });
  }

  /** Resolves when it runs; a callee, when its port is bound. */
  static async start(options: SippOptions): Promise<Sipp> {
    const { localIp = "127.0.0.1", transport = "udp", remote } = options;
    const localPort = options.localPort ?? (await findFreePort(localIp));
    const host = localIp.includes(":") ? `[${localIp}]` : localIp;
    const address = `${host}:${localPort}`;
    const directory = mkdtempSync(join(tmpdir(), "oversip-sipp-"));
    const file = join(directory, `${options.scenario}.xml`);

    const keys = { protocol: transport.toUpperCase(), contact: address, user: "callee", ...options.keys };

    writeFileSync(file, fillIn(options.scenario, keys));

    const child = spawn(
      "sipp",
      [
        ...(remote === undefined ? [] : [remote]),
        ...["-sf", file, "-i", host, "-p", String(localPort), "-t", transport === "udp" ? "u1" : "t1"],
        ...["-m", String(options.calls), "-r", String(options.rate ?? 10)],
        ...["-timeout", String(options.timeoutSeconds ?? 60), "-timeout_error", "-nostdin"],
        // Whatever the scenario does not name fails the call, at once and without a BYE of sipp's own.
        ...["-default_behaviors", "abortunexp"],
        ...["-trace_err", "-error_file", join(directory, "errors.log")],
        ...["-trace_stat", "-stf", join(directory, "counts.csv"), "-fd", "3600"],
        ...Object.entries(keys).flatMap((key) => (isPlain(key) ? [] : ["-key", ...key])),
        ...(options.extra ?? []),
      ],
      { cwd: directory, stdio: ["ignore", "pipe", "pipe"] },
    );
    const sipp = new Sipp(child, options.scenario, address, directory);

    if (remote === undefined) {
      await sipp.#isBound(transport === "udp" ? "udp" : "tcp", localIp);
    }

    return sipp;
  }

  /** Resolves when sipp has ended. */
  result(): Promise<SippResult> {
    return this.#result;
  }

  /** Ends sipp if it still runs. */
  async stop(): Promise<void> {
    if (this.#hasEnded) {
      return;
    }

    this.#process.kill("SIGKILL");
    await this.#result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #isBound(transport: "udp" | "tcp", ip: string): Promise<void> {
    const deadline = performance.now() + BIND_TIMEOUT_MS;

    // sipp tells nobody that it is ready; the kernel knows.
    while (!isPortBound(transport, ip, this.localPort)) {
      if (this.#hasEnded || performance.now() > deadline) {
        await this.stop();

        const { code, report } = await this.#result;

        throw new Error(`sipp ${this.scenario} did not bind ${this.address} (exit code ${code}):\n${report}`);
      }

      await sleep(10);
    }
  }
}

function fillIn(scenario: string, keys: Readonly<Record<string, string>>): string {
  let text = readFileSync(join(SCENARIOS, `${scenario}.xml`), "utf8");

  for (const [name, value] of Object.entries(keys).filter(isPlain)) {
    text = text.replaceAll(`[${name}]`, value);
  }

  return text;
}

/** A value with brackets, such as an IPv6 address, would be taken for a keyword in the scenario: sipp fills it in. */
function isPlain([, value]: readonly [string, string]): boolean {
  return !value.includes("[");
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
