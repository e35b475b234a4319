/** A TCP port whose queue is full: one connection more is never answered, as behind a firewall that drops. */
import { type ChildProcess, spawn } from "node:child_process";
import { StreamPeer } from "./stream-peer.ts";

const LISTEN_ONLY = [
  "import socket, sys",
  "listener = socket.socket()",
  "listener.bind(('127.0.0.1', 0))",
  "listener.listen(0)",
  "print(listener.getsockname()[1], flush=True)",
  "sys.stdin.read()",
].join("\n");

export class SilentServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #filler: StreamPeer;

  private constructor(port: number, child: ChildProcess, filler: StreamPeer) {
    this.port = port;
    this.#child = child;
    this.#filler = filler;
  }

  static async start(): Promise<SilentServer> {
    const child = spawn("python3", ["-c", LISTEN_ONLY], { stdio: ["pipe", "pipe", "inherit"] });
    const port = await new Promise<number>((resolve) => {
      child.stdout.once("data", (line: Buffer) => resolve(Number(line.toString())));
    });

    return new SilentServer(port, child, await StreamPeer.connect({ host: "127.0.0.1", port }));
  }

  async close(): Promise<void> {
    await this.#filler.destroy();
    await new Promise<void>((resolve) => {
      this.#child.once("close", () => resolve());
      this.#child.stdin?.end();
    });
  }
}
