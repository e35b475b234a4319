/** redis-server on a port of loopback, in memory only, and a connection to it. */
import { createClient } from "redis";
import { BackgroundProcess } from "./background-process.ts";
import { freePort } from "./free-port.ts";

type Client = ReturnType<typeof createConnection>;

export class Redis {
  readonly url: string;
  readonly #process: BackgroundProcess;
  readonly #client: Client;

  private constructor(url: string, process: BackgroundProcess, client: Client) {
    this.url = url;
    this.#process = process;
    this.#client = client;
  }

  /** Resolves when it answers. */
  static async start(): Promise<Redis> {
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    const process = new BackgroundProcess("redis-server", [
      ...["redis-server", "--port", String(port), "--bind", "127.0.0.1"],
      ...["--save", "", "--appendonly", "no"],
    ]);

    try {
      await process.until("Redis to be ready", () =>
        process.output.items.some((line) => line.includes("Ready to accept connections")),
      );

      const client = createConnection(url);

      client.on("error", () => {});
      await client.connect();

      return new Redis(url, process, client);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  async set(key: string, value: string): Promise<void> {
    await this.#client.set(key, value);
  }

  /** No connection gets an answer until a time is over; resolves at once, to a promise for that moment. */
  async pause(milliseconds: number): Promise<{ readonly ended: Promise<unknown> }> {
    await this.#client.sendCommand(["CLIENT", "PAUSE", String(milliseconds), "ALL"]);

    return { ended: this.#client.ping() };
  }

  log(): string {
    return this.#process.log();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
    await this.#process[Symbol.asyncDispose]();
  }
}

function createConnection(url: string) {
  return createClient({ url });
}
