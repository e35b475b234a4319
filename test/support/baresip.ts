/** baresip as a phone: one account, a tone for a microphone, and commands by its JSON interface (ctrl_tcp). */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BackgroundProcess } from "./background-process.ts";
import { DOMAIN } from "./kamailio.ts";
import { passwordOf } from "./kamailio-configuration.ts";
import { findFreePort } from "./sipp.ts";

export interface BaresipOptions {
  readonly user: string;
  /** Default DOMAIN. */
  readonly domain?: string;
  /** Address and port of its outbound proxy. */
  readonly proxy: string;
  readonly transport: "udp" | "tcp" | "tls";
  /** Default 127.0.0.1. */
  readonly ip?: string;
  /** Further parameters of the account, such as "sipnat=outbound". */
  readonly account?: readonly string[];
  /** Further lines of its configuration. */
  readonly configuration?: readonly string[];
  /** PEM of the authority that it trusts. */
  readonly authority?: string;
  /** Seconds between registrations. Default 60. */
  readonly registerSeconds?: number;
  /** What goes before the program, such as "ip netns exec NAME". */
  readonly wrapper?: readonly string[];
  /** Where it takes commands, when that is not on `ip`: port there, and the address that leads to it from here. */
  readonly control?: { readonly port: number; readonly reachedAt: string };
}

export interface BaresipEvent {
  readonly type: string;
  readonly class?: string;
  readonly peeruri?: string;
  readonly param?: string;
}

const MODULE_PATH = "/usr/lib/baresip/modules";
const MODULES = ["g711", "ausine", "aubridge", "stun", "ice", "dtls_srtp"];
const MODULES_AT_START = ["uuid", "account"];
const REGISTERED = /: \{\d+\/.* 200 .*\[\d+ bindings?\]$/;
const APPLICATIONS = ["menu", "ctrl_tcp"];

export class Baresip {
  readonly user: string;
  readonly #process: BackgroundProcess;
  readonly #directory: string;
  readonly #events: BaresipEvent[] = [];
  readonly #replies: string[] = [];
  #socket: Socket | undefined;
  /** How many events of a type were waited for already. */
  readonly #seen = new Map<string, number>();

  private constructor(user: string, process: BackgroundProcess, directory: string) {
    this.user = user;
    this.#process = process;
    this.#directory = directory;
  }

  /** Resolves when it is registered. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const { user, ip = "127.0.0.1", wrapper = [] } = options;
    const directory = mkdtempSync(join(tmpdir(), "baresip-"));
    const control = options.control ?? { port: await findFreePort("127.0.0.1"), reachedAt: ip };

    writeFileSync(join(directory, "config"), configuration(options, `${ip}:${control.port}`));
    writeFileSync(join(directory, "accounts"), account(options));
    writeFileSync(join(directory, "contacts"), "");

    if (options.authority !== undefined) {
      writeFileSync(join(directory, "authority.crt"), options.authority);
    }

    const phone = new Baresip(
      user,
      new BackgroundProcess(`baresip ${user}`, [...wrapper, "baresip", "-f", directory, "-s", "-v"], {
        directory,
      }),
      directory,
    );

    try {
      await phone.#connect(control.reachedAt, control.port);
      // The event may have come before there was anybody to tell it to.
      await phone.#process.until("its registration", () =>
        phone.#process.output.items.some((line) => REGISTERED.test(line)),
      );
    } catch (error) {
      await phone[Symbol.asyncDispose]();
      throw error;
    }

    return phone;
  }

  /** Waits for the next event of that type: media and signalling overtake each other. */
  async event(type: string, timeoutMs = 15_000): Promise<BaresipEvent> {
    const seen = this.#seen.get(type) ?? 0;
    const next = () => this.#events.filter((event) => event.type === type)[seen];

    await this.#process.until(`the event ${type}`, () => next() !== undefined, timeoutMs);
    this.#seen.set(type, seen + 1);

    return next() as BaresipEvent;
  }

  async dial(user: string, domain = DOMAIN): Promise<void> {
    await this.command("dial", `sip:${user}@${domain}`);
  }

  async accept(): Promise<void> {
    await this.command("accept");
  }

  async hangUp(): Promise<void> {
    await this.command("hangup");
  }

  /** What a command of its menu answers, such as "callstat" or "reginfo". */
  async command(command: string, params = ""): Promise<string> {
    const before = this.#replies.length;
    const text = JSON.stringify({ command, params, token: "test" });

    this.#socket?.write(`${Buffer.byteLength(text)}:${text},`);
    await this.#process.until(`the answer to ${command}`, () => this.#replies.length > before);

    return this.#replies[before] ?? "";
  }

  /** Lines of its output that match, messages included. */
  logged(pattern: RegExp): string[] {
    return this.#process.output.items.filter((line) => pattern.test(line));
  }

  log(): string {
    return `${this.#process.log()}\n--- events of baresip ${this.user}:\n${this.#events.map((event) => JSON.stringify(event)).join("\n")}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    await this.#process[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #connect(host: string, port: number): Promise<void> {
    let socket: Socket | undefined;

    // It tells nobody when it listens.
    await this.#process.until("its control port", async () => {
      const attempt = connect({ host, port });
      const isConnected = await once(attempt, "connect").then(
        () => true,
        () => false,
      );

      if (isConnected) {
        socket = attempt;
      } else {
        attempt.destroy();
        await sleep(25);
      }

      return isConnected;
    });

    let buffer = "";

    this.#socket = socket;
    // Through the router of a test too, which forgets idle connections.
    socket?.setKeepAlive(true, 5000);
    socket?.on("error", () => {});
    socket?.setEncoding("latin1").on("data", (text: string) => {
      buffer = readNetstrings(buffer + text, (item) => this.#receive(item));
    });
  }

  #receive(text: string): void {
    const item = JSON.parse(text) as BaresipEvent & {
      readonly event?: boolean;
      readonly response?: boolean;
      readonly data?: string;
    };

    if (item.response === true) {
      this.#replies.push(item.data ?? "");
    } else if (item.event === true) {
      this.#events.push(item);
    }
  }
}

/** Takes "LENGTH:TEXT," off the front as often as it is whole; returns the rest. */
function readNetstrings(buffer: string, receive: (text: string) => void): string {
  let rest = buffer;

  for (;;) {
    const colon = rest.indexOf(":");
    const length = Number(rest.slice(0, Math.max(colon, 0)));

    if (colon < 1 || rest.length < colon + 1 + length + 1) {
      return rest;
    }

    receive(rest.slice(colon + 1, colon + 1 + length));
    rest = rest.slice(colon + 1 + length + 1);
  }
}

function configuration(options: BaresipOptions, controlAddress: string): string {
  return [
    `sip_listen ${options.ip ?? "127.0.0.1"}:0`,
    ...(options.authority === undefined ? [] : ["sip_cafile authority.crt", "sip_verify_server yes"]),
    "audio_source ausine,440",
    "audio_player aubridge,nil",
    "audio_alert aubridge,alert",
    "ausrc_srate 48000",
    "ausrc_channels 2",
    "auplay_srate 48000",
    "rtcp_mux yes",
    "statmode_default off",
    `module_path ${MODULE_PATH}`,
    ...MODULES.map((name) => `module ${name}.so`),
    ...MODULES_AT_START.map((name) => `module_tmp ${name}.so`),
    ...APPLICATIONS.map((name) => `module_app ${name}.so`),
    `ctrl_tcp_listen ${controlAddress}`,
    ...(options.configuration ?? []),
    "",
  ].join("\n");
}

function account(options: BaresipOptions): string {
  const { user, proxy, transport, registerSeconds = 60, domain = DOMAIN, account: further = [] } = options;

  return `${[
    `<sip:${user}@${domain};transport=${transport}>`,
    `auth_user=${user}`,
    `auth_pass=${passwordOf(user)}`,
    `outbound="sip:${proxy};transport=${transport}"`,
    `regint=${registerSeconds}`,
    "answermode=manual",
    ...further,
  ].join(";")}\n`;
}
