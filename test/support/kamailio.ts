/** Kamailio as a registrar: users in memory, loose routing, and what it has stored by JSON-RPC. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BackgroundProcess } from "./background-process.ts";
import {
  kamailioConfiguration,
  mutualTlsConfiguration,
  type RegistrarOptions,
} from "./kamailio-configuration.ts";
import type { MadeCertificate } from "./make-certificates.ts";
import { findFreePort } from "./sipp.ts";

export const DOMAIN = "example.test";

export interface MutualTls {
  readonly port: number;
  readonly identity: MadeCertificate;
  /** PEM of the authority that it trusts. */
  readonly authority: string;
}

export interface KamailioBinding {
  readonly Address: string;
  readonly Expires: number | string;
  readonly Path: string;
  readonly Instance: string;
  readonly "Reg-Id": number;
  readonly "User-Agent": string;
}

export class Kamailio {
  readonly ip: string;
  readonly port: number;
  readonly #process: BackgroundProcess;
  readonly #directory: string;

  private constructor(ip: string, port: number, process: BackgroundProcess, directory: string) {
    this.ip = ip;
    this.port = port;
    this.#process = process;
    this.#directory = directory;
  }

  /** Resolves when it answers. */
  static async start(
    options: Partial<Omit<RegistrarOptions, "tls">> & { readonly tls?: MutualTls } = {},
  ): Promise<Kamailio> {
    const { ip = "127.0.0.1", tls, ...others } = options;
    const port = options.port ?? (await findFreePort(ip));
    const directory = mkdtempSync(join(tmpdir(), "kamailio-"));
    const file = join(directory, "kamailio.cfg");

    writeFileSync(
      file,
      kamailioConfiguration({
        domain: DOMAIN,
        ...others,
        ...(tls === undefined ? {} : { tls: writeTlsFiles(directory, tls) }),
        ip,
        port,
      }),
    );

    const process = new BackgroundProcess(`kamailio ${others.domain ?? DOMAIN}`, [
      ...["kamailio", "-DD", "-E", "-f", file, "-Y", directory, "-w", directory],
      ...["-P", join(directory, "kamailio.pid"), "-m", "32", "-M", "4"],
    ]);
    const kamailio = new Kamailio(ip, port, process, directory);

    try {
      await process.until("an answer by JSON-RPC", () =>
        kamailio.rpc("core.version").then(
          () => true,
          () => false,
        ),
      );
    } catch (error) {
      await kamailio[Symbol.asyncDispose]();
      throw error;
    }

    return kamailio;
  }

  /** "127.0.0.1:5060". */
  get address(): string {
    return `${this.ip}:${this.port}`;
  }

  async rpc(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(`http://${this.address}/RPC`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Connection: "close" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal: AbortSignal.timeout(2000),
    });
    const answer = (await response.json()) as { readonly result?: unknown; readonly error?: unknown };

    if (answer.result === undefined) {
      throw new Error(`kamailio: ${method}: ${JSON.stringify(answer.error)}`);
    }

    return answer.result;
  }

  /** What is registered for that user now. */
  async bindings(user: string): Promise<KamailioBinding[]> {
    try {
      const found = (await this.rpc("ul.lookup", "location", `${user}@${DOMAIN}`)) as {
        readonly Contacts: readonly { readonly Contact: KamailioBinding }[];
      };

      return found.Contacts.map(({ Contact }) => Contact);
    } catch {
      // An error tells that there is no such user.
      return [];
    }
  }

  /** Waits until that user has a binding as wanted. */
  async binding(
    user: string,
    isWanted: (binding: KamailioBinding) => boolean = () => true,
  ): Promise<KamailioBinding> {
    let found: KamailioBinding | undefined;

    await this.#process.until(`a binding of ${user}`, async () => {
      found = (await this.bindings(user)).find(isWanted);

      return found !== undefined;
    });

    return found as KamailioBinding;
  }

  /** Lines that it logged and that match. */
  logged(pattern: RegExp): string[] {
    return this.#process.output.items.filter((line) => pattern.test(line));
  }

  /** Waits until it has logged so many lines that match, and returns them. */
  async lines(pattern: RegExp, count: number): Promise<string[]> {
    await this.#process.until(`${count} lines ${pattern}`, () => this.logged(pattern).length >= count);

    return this.logged(pattern);
  }

  log(): string {
    return this.#process.log();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function writeTlsFiles(
  directory: string,
  { port, identity, authority }: MutualTls,
): { port: number; configurationFile: string } {
  const write = (name: string, text: string): string => {
    const file = join(directory, name);

    writeFileSync(file, text);

    return file;
  };
  const configuration = mutualTlsConfiguration({
    certificate: write("kamailio.crt", identity.cert),
    key: write("kamailio.key", identity.key),
    authority: write("authority.crt", authority),
  });

  return { port, configurationFile: write("tls.cfg", configuration) };
}
