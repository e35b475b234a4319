/**
 * The `oversip` process that sipp calls through: a configuration directory of
 * its own, its addresses, and the verdict on the calls with both sides' logs.
 */
import assert from "node:assert/strict";
import { OversipProcess } from "./oversip-process.ts";
import type { Sipp, SippResult } from "./sipp.ts";
import { UserFiles } from "./user-files.ts";

/** Both IP versions on the loopback interface, free ports, UDP and TCP; no wait for anything at the end. */
export const SIPP_CONFIGURATION = `core:
  log_format: pretty
  syslog_level: notice
  shutdown_timeout: 0
sip:
  listen_ipv4: 127.0.0.1
  listen_ipv6: "::1"
  listen_port: 0
websocket:
  sip_ws: no
`;

const MAX_LOG_LINES = 60;

export interface SippServerFiles {
  readonly "server.ts": string;
  /** Default SIPP_CONFIGURATION. */
  readonly "oversip.conf"?: string;
  readonly "proxies.conf"?: string;
  /** Any others, such as certificates. */
  readonly [name: string]: string;
}

export class SippServer {
  readonly #files: UserFiles;
  readonly #process: OversipProcess;

  private constructor(files: UserFiles) {
    this.#files = files;
    this.#process = OversipProcess.start(files);
  }

  /** Resolves when it takes traffic. */
  static async start(files: Omit<SippServerFiles, "oversip.conf"> | SippServerFiles): Promise<SippServer> {
    const server = new SippServer(new UserFiles({ "oversip.conf": SIPP_CONFIGURATION, ...files }));

    try {
      await server.#process.isRunning();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }

    return server;
  }

  /** Address and port of a listening point: "127.0.0.1:5060", "[::1]:5060". */
  address(transport: "udp" | "tcp" | "tls", ipType: "ipv4" | "ipv6" = "ipv4"): string {
    const host = ipType === "ipv4" ? "127.0.0.1" : "[::1]";
    const start = `listening on ${transport} ${host}:`;
    const line = this.#process.output.items.find((item) => item.startsWith(start));

    assert.ok(line !== undefined, `there is no line "${start}":\n${this.log()}`);

    return `${host}:${Number.parseInt(line.slice(start.length), 10)}`;
  }

  /** What its `server.ts` printed with the mark "> ". */
  marked(): string[] {
    return this.#process.marked();
  }

  /** The end of what it printed, and all that went to its standard error. */
  log(): string {
    const { errors, output } = this.#process;

    return [...output.items.slice(-MAX_LOG_LINES), ...errors.items].join("\n");
  }

  /** Waits for every sipp, and fails with all logs unless each had all its calls go as its scenario says. */
  async assertAllSucceed(calls: number, ...sipps: readonly Sipp[]): Promise<void> {
    const complaint = await this.complaint(calls, ...sipps);

    if (complaint !== undefined) {
      assert.fail(complaint);
    }
  }

  /** As `assertAllSucceed`: what went wrong, with all logs; undefined when nothing did. */
  async complaint(calls: number, ...sipps: readonly Sipp[]): Promise<string | undefined> {
    const wanted = `exit code 0, ${calls} calls successful, 0 failed`;
    const results = await Promise.all(sipps.map((sipp) => sipp.result()));
    const wrong = results
      .map((result, index) => ({
        ...result,
        scenario: sipps[index]?.scenario,
        found: describeResult(result),
      }))
      .filter(({ found }) => found !== wanted);

    if (wrong.length === 0) {
      return undefined;
    }

    return [
      ...wrong.map(({ scenario, found }) => `sipp ${scenario}: ${found}; wanted: ${wanted}`),
      `--- the server:\n${this.log()}`,
      ...results.map(({ report }, index) => `--- sipp ${sipps[index]?.scenario}:\n${report}`),
    ].join("\n");
  }

  /** The server has to be alive until now, and to end in order when told to. */
  async stop(): Promise<void> {
    try {
      this.#process.signal("SIGTERM");

      const end = await this.#process.end();

      assert.deepEqual(end, { code: 0, signal: null }, `the server did not end in order:\n${this.log()}`);
      assert.deepEqual(this.#process.errors.items, [], "the server printed to its standard error");
    } finally {
      this.#files[Symbol.dispose]();
    }
  }

  /** Ends it by force if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.#files[Symbol.dispose]();
  }
}

function describeResult({ code, failed, successful }: SippResult): string {
  return `exit code ${code}, ${successful} calls successful, ${failed} failed`;
}
