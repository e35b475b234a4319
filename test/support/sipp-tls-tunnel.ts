/**
 * TLS for sipp: Debian's sipp is built without it, so it speaks TCP to this,
 * which carries the bytes on over TLS, or takes TLS and hands the bytes to sipp.
 */
import { once } from "node:events";
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import { pipeline } from "node:stream";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";

export class SippTlsTunnel {
  /** Where to connect to. */
  readonly address: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  /** For a caller: from TCP to the TLS address. @param ca PEM of the authority that the server's certificate is checked with. */
  static toServer(address: string, ca: string): Promise<SippTlsTunnel> {
    return SippTlsTunnel.#listen(createTcpServer(), "connection", () =>
      connectTls({ ...splitAddress(address), ca }),
    );
  }

  /** For a callee: from TLS to sipp's TCP address. */
  static toSipp(address: string, credentials: { cert: string; key: string }): Promise<SippTlsTunnel> {
    return SippTlsTunnel.#listen(createTlsServer(credentials), "secureConnection", () =>
      connectTcp(splitAddress(address)),
    );
  }

  static async #listen(server: Server, event: string, connect: () => Socket): Promise<SippTlsTunnel> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");

    const { port } = server.address() as AddressInfo;
    const tunnel = new SippTlsTunnel(server, `127.0.0.1:${port}`);

    server.on(event, (near: Socket) => tunnel.#join(near, connect()));

    return tunnel;
  }

  /** Ends all its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();

    for (const socket of this.#sockets) {
      socket.destroy();
    }

    await once(this.#server, "close");
  }

  /** What goes wrong on one side ends the other; sipp then tells that its call failed. */
  #join(near: Socket, far: Socket): void {
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    }

    pipeline(near, far, near, () => {});
  }
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");

  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
