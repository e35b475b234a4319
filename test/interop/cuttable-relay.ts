/** A TCP relay on loopback whose connections a test cuts, as a train in a tunnel does. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class CuttableRelay {
  /** "127.0.0.1:5060". */
  readonly address: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @param target such as "127.0.0.1:10443". */
  static async start(target: string): Promise<CuttableRelay> {
    const [host = "", port] = target.split(":");
    const server = createServer().listen(0, "127.0.0.1");

    await once(server, "listening");

    const relay = new CuttableRelay(server);

    server.on("connection", (client) => relay.#join(client, connect({ host, port: Number(port) })));

    return relay;
  }

  /** Cuts all connections, by RST where the system can. */
  cut(): void {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
    await Promise.resolve();
  }

  #join(client: Socket, server: Socket): void {
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("error", () => {});
      from.once("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
