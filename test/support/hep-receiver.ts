/**
 * A receiver of HEP3 that is not ours: sngrep unpacks the packets into a
 * capture file, and tshark decodes that.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { EventLog } from "./event-log.ts";
import { freePort } from "./free-port.ts";

export interface DecodedMessage {
  readonly source: string;
  readonly destination: string;
  /** Method, or status code. */
  readonly kind: string;
  readonly callId: string;
  /** Seconds since 1970. */
  readonly time: number;
}

const FIELDS = [
  ...["ip.src", "ipv6.src", "udp.srcport", "tcp.srcport"],
  ...["ip.dst", "ipv6.dst", "udp.dstport", "tcp.dstport"],
  ...["sip.Method", "sip.Status-Code", "sip.Call-ID", "frame.time_epoch"],
];

export class HepReceiver {
  readonly port: number;
  readonly #directory = mkdtempSync(join(tmpdir(), "hep-"));
  readonly #output = new EventLog<string>();
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(port: number) {
    this.port = port;
    this.#child = spawn("sngrep", ["-L", `udp:127.0.0.1:${port}`, "-N", "-O", this.#file], {
      env: { ...process.env, HOME: this.#directory },
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#ended = once(this.#child, "close");
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#output.push(chunk.toString("latin1")));
  }

  /** Resolves when it listens. */
  static async start(): Promise<HepReceiver> {
    const receiver = new HepReceiver(await freePort());

    await receiver.hasDialogs(0);

    return receiver;
  }

  /** Waits until it has seen the messages of that many Call-IDs. It tells every now and then. */
  async hasDialogs(count: number): Promise<void> {
    const from = this.#output.items.length;

    await this.#output.until(`sngrep to have ${count} dialogs`, (items) =>
      items.slice(from).join("").includes(`Dialog count: ${count}`),
    );
  }

  /** Ends it; what tshark makes of the messages that came, in their order. */
  async decode(): Promise<DecodedMessage[]> {
    await this.#end();

    const { stdout } = await promisify(execFile)("tshark", [
      ...["-r", this.#file, "-Y", "sip", "-T", "fields", "-E", "separator=|"],
      ...FIELDS.flatMap((field) => ["-e", field]),
    ]);

    return stdout.trimEnd().split("\n").map(readLine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#directory, "messages.pcap");
  }

  async #end(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }
}

function readLine(line: string): DecodedMessage {
  const values = line.split("|");
  const end = (from: number): string =>
    [values[from] || values[from + 1], values[from + 2] || values[from + 3]].join(" ");

  return {
    source: end(0),
    destination: end(4),
    kind: values[8] || values[9] || "",
    callId: values[10] ?? "",
    time: Number(values[11]),
  };
}
