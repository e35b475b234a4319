/** The haproxy command with a configuration of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StreamPeer } from "./stream-peer.ts";

const GLOBAL = `
global
  maxconn 1000
  tune.ssl.default-dh-param 2048
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
`;

export class Haproxy {
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.#directory = directory;
  }

  /**
   * Starts it and resolves when it accepts connections on `port`.
   *
   * @param pem certificate and key, in the file that the configuration names as `bundle.pem`.
   */
  static async start(sections: string, port: number, pem: string): Promise<Haproxy> {
    const directory = mkdtempSync(join(tmpdir(), "haproxy-"));

    writeFileSync(join(directory, "bundle.pem"), pem);
    writeFileSync(join(directory, "haproxy.cfg"), GLOBAL + sections);

    const child = spawn("haproxy", ["-db", "-q", "-f", "haproxy.cfg"], { cwd: directory, stdio: "inherit" });
    const haproxy = new Haproxy(child, directory);

    for (let attempt = 0; attempt < 200; attempt++) {
      try {
        await (await StreamPeer.connect({ host: "127.0.0.1", port })).destroy();

        return haproxy;
      } catch {
        // It tells nobody when it is ready.
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }

    await haproxy.stop();

    throw new Error(`haproxy does not accept connections on port ${port}`);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#child.once("close", () => resolve());
      this.#child.kill("SIGTERM");
    });
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Ports on which nobody listens now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];

  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));

    const address = server.address();

    ports.push(typeof address === "object" ? (address?.port ?? 0) : 0);
  }

  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));

  return ports;
}
