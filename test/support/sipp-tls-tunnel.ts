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
  #target: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, address: string, target: string) {
    this.#server = server;
    this.address = address;
    this.#target = target;
  }

  /** For a caller: from TCP to the TLS address. @param ca PEM of the authority that the server's certificate is checked with. */
  static toServer(address: string, ca: string): Promise<SippTlsTunnel> {
    return SippTlsTunnel.#listen(
      createTcpServer(),
      "connection",
      (target) => connectTls({ ...splitAddress(target), ca }),
      address,
    );
  }

  /** For a callee: from TLS to sipp's TCP address, which is told later by `leadTo`: sipp itself has to know this one. */
  static toSipp(credentials: { cert: string; key: string }): Promise<SippTlsTunnel> {
    return SippTlsTunnel.#listen(createTlsServer(credentials), "secureConnection", (target) =>
      connectTcp(splitAddress(target)),
    );
  }

  static async #listen(
    server: Server,
    event: string,
    connect: (target: string) => Socket,
    target = "",
  ): Promise<SippTlsTunnel> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");

    const { port } = server.address() as AddressInfo;
    const tunnel = new SippTlsTunnel(server, `127.0.0.1:${port}`, target);

    server.on(event, (near: Socket) => tunnel.#join(near, connect(tunnel.#target)));

    return tunnel;
  }

  /** Where connections from now on are carried to. */
  leadTo(address: string): void {
    this.#target = address;
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
      // `pipeline` listens several times to each.
      socket.setMaxListeners(30);
      socket.on("close", () => this.#sockets.delete(socket));
    }

    pipeline(near, far, near, () => {});
  }
}

function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");

  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
