/**
 * The `oversip` process for tests of the programming interface: every
 * transport on 127.0.0.1 and ::1, free ports, and a `server.ts` of the test
 * that prints what it sees as lines "> JSON".
 */
import assert from "node:assert/strict";
import { CertificateAuthority, type MadeCertificate } from "./make-certificates.ts";
import { OversipProcess } from "./oversip-process.ts";
import type { ServerAddress, UserAgentTransport } from "./sip-user-agent.ts";
import { SipUserAgent } from "./sip-user-agent.ts";
import { UserFiles } from "./user-files.ts";

/** Every transport on both loopback addresses. */
export const API_CONFIGURATION = `core:
  log_format: pretty
  syslog_level: debug
  shutdown_timeout: 0
sip:
  sip_tls: yes
  listen_ipv4: 127.0.0.1
  listen_ipv6: "::1"
  listen_port: 0
  listen_port_tls: 0
  local_domains: home.example
websocket:
  sip_ws: yes
  sip_wss: yes
  request_client_certificates: yes
  listen_ipv4: 127.0.0.1
  listen_ipv6: "::1"
  listen_port: 0
  listen_port_tls: 0
tls:
  public_cert: server.crt
  private_cert: server.key
  ca_dir: ca
`;

/** Put before each `server.ts`: \`see(what)\` prints what user code saw. */
const PRELUDE = `
const see = (what) => console.log("> " + JSON.stringify(what));
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
`;

/** A log line of an error that nobody caught; what user code logs as "mine" is meant. */
const UNEXPECTED = /^[-\d]+ [.:\d]+ CRIT +(?! |mine:)/;

export interface ClientOptions {
  /** Default "127.0.0.1". */
  readonly ip?: string;
  /** Of the WebSocket handshake. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificate of the client. Default: none. */
  readonly identity?: MadeCertificate;
}

export class ApiServer implements AsyncDisposable {
  readonly authority: CertificateAuthority;
  readonly #files: UserFiles;
  readonly #process: OversipProcess;

  private constructor(authority: CertificateAuthority, files: UserFiles) {
    this.authority = authority;
    this.#files = files;
    this.#process = OversipProcess.start(files);
  }

  /**
   * Resolves when it takes traffic.
   *
   * @param logic text of `server.ts`; a request usually finds its case by the user part of its Request-URI.
   * @param files others, of the configuration directory.
   */
  static async start(logic: string, files: Readonly<Record<string, string>> = {}): Promise<ApiServer> {
    const authority = new CertificateAuthority();
    const identity = authority.leaf({ subjectAltNames: ["IP:127.0.0.1", "IP:::1"] });
    const server = new ApiServer(
      authority,
      new UserFiles({
        "oversip.conf": API_CONFIGURATION,
        "proxies.conf": "default_proxy:\n  timer_F: 2\n  timer_B: 2\n",
        "tls/server.crt": identity.cert,
        "tls/server.key": identity.key,
        "tls/ca/authority.crt": authority.cert,
        "server.ts": `${PRELUDE}${logic}`,
        ...files,
      }),
    );

    try {
      await server.#process.isRunning();
    } catch (error) {
      // Whatever its end is, why it did not start is the news.
      await server[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }

    return server;
  }

  get process(): OversipProcess {
    return this.#process;
  }

  address(transport: UserAgentTransport, ip = "127.0.0.1"): ServerAddress {
    const start = `listening on ${transport} ${ip.includes(":") ? `[${ip}]` : ip}:`;
    const line = this.#process.output.items.find((item) => item.startsWith(start));

    if (line === undefined) {
      throw new Error(`no line "${start}":\n${this.log()}`);
    }

    return { transport, ip, port: Number.parseInt(line.slice(start.length), 10) };
  }

  /** A user agent that speaks to this server. */
  client(
    transport: UserAgentTransport = "udp",
    { ip, headers, identity }: ClientOptions = {},
  ): Promise<SipUserAgent> {
    return SipUserAgent.connect(
      this.address(transport, ip),
      { authority: this.authority, identity },
      headers,
    );
  }

  /** A user agent that this server connects to. */
  callee(
    transport: "udp" | "tcp" | "tls" = "udp",
    ip?: string,
    identity?: MadeCertificate,
  ): Promise<SipUserAgent> {
    const tls =
      transport === "tls"
        ? { authority: this.authority, identity: identity ?? this.authority.leaf() }
        : undefined;

    return SipUserAgent.listen(transport, ip, tls, this.address(transport, ip));
  }

  /** What `server.ts` printed by \`see\` so far. */
  seen(): unknown[] {
    return this.#process.marked().map((line) => JSON.parse(line));
  }

  /** What user code saw under that key: the first object printed that has it. */
  async sees<Value = Record<string, unknown>>(key: string): Promise<Value> {
    const start = `> {${JSON.stringify(key)}:`;

    await this.#process.output.until(start, (lines) => lines.some((line) => line.startsWith(start)));

    const line = this.#process.output.items.find((item) => item.startsWith(start)) ?? "";

    return (JSON.parse(line.slice(2)) as Record<string, Value>)[key] as Value;
  }

  /** All that was printed under that key so far. */
  allSeen(key: string): unknown[] {
    return this.seen().flatMap((item) => {
      const values = item as Record<string, unknown>;

      return key in values ? [values[key]] : [];
    });
  }

  log(): string {
    return [...this.#process.output.items, ...this.#process.errors.items].join("\n");
  }

  /** The server has to be alive until now, to have met no error outside of a callback, and to end in order when told to. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.signal("SIGTERM");

      const end = await this.#process.end();
      const errors = this.#process.output.items.filter((line) => UNEXPECTED.test(line));

      assert.deepEqual(
        { ...end, errors: [...errors, ...this.#process.errors.items] },
        { code: 0, signal: null, errors: [] },
      );
    } finally {
      await this.#process[Symbol.asyncDispose]();
      this.#files[Symbol.dispose]();
      this.authority.remove();
    }
  }
}
