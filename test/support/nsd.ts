/** NSD, an authoritative DNS server of others' making, on a port of loopback with zones that a test writes. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uint16, writeName } from "./dns-server-message.ts";

export class Nsd {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;
  #log = "";

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
    this.#process = spawn("nsd", ["-d", "-c", join(folder, "nsd.conf")], {
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process.stdout?.on("data", (bytes) => {
      this.#log += String(bytes);
    });
    this.#process.stderr?.on("data", (bytes) => {
      this.#log += String(bytes);
    });
  }

  /** `zones`: the text of a zone file by its domain; an SOA and an NS record are put before it. */
  static async start(zones: Readonly<Record<string, string>>): Promise<Nsd> {
    const folder = mkdtempSync(join(tmpdir(), "oversip-nsd-"));
    const port = await freePort();
    const zoneLines = Object.entries(zones).map(([domain, text]) => {
      const path = join(folder, `${domain}.zone`);

      writeFileSync(path, `${zoneHead(domain)}${text}\n`);

      return `zone:\n  name: "${domain}"\n  zonefile: "${path}"`;
    });

    writeFileSync(join(folder, "nsd.conf"), `${configuration(folder, port)}\n${zoneLines.join("\n")}\n`);

    const nsd = new Nsd(port, folder);

    await nsd.#untilItAnswers();

    return nsd;
  }

  /** As the configuration names it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.kill("SIGTERM");
      await once(this.#process, "exit");
    }

    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Asks for the root until any answer comes back. */
  async #untilItAnswers(): Promise<void> {
    const socket = createSocket("udp4");
    const query = Buffer.concat([uint16(1, 0, 1, 0, 0, 0), writeName("."), uint16(2, 1)]);
    const answered = once(socket, "message").then(() => true);

    // Until NSD listens, the system answers with ICMP.
    socket.on("error", () => undefined);
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");

    try {
      for (let attempt = 0; attempt < 200; attempt++) {
        socket.send(query, this.port, "127.0.0.1");

        const isUp = await Promise.race([answered, pause(50)]);

        if (isUp) {
          return;
        }

        if (this.#process.exitCode !== null) {
          break;
        }
      }

      throw new Error(`nsd did not start: ${this.#log}`);
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      socket.close();
    }
  }
}

function pause(milliseconds: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), milliseconds));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");

  await once(server, "listening");

  const { port } = server.address() as AddressInfo;

  server.close();
  await once(server, "close");

  return port;
}

function zoneHead(domain: string): string {
  return `$ORIGIN ${domain}.
$TTL 120
@ 600 IN SOA ns.${domain}. hostmaster.${domain}. 1 3600 900 86400 45
@ IN NS ns.${domain}.
ns IN A 127.0.0.1
`;
}

function configuration(folder: string, port: number): string {
  return `server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  zonelistfile: "${folder}/zone.list"
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}"
remote-control:
  control-enable: no`;
}
