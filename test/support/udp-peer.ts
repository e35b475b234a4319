/** A UDP socket that keeps what it receives until a test asks for it. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { AwaitableQueue } from "./awaitable-queue.ts";

export class UdpPeer implements AsyncDisposable {
  readonly ip: string;
  readonly #socket: Socket;
  readonly #received = new AwaitableQueue<Buffer>();
  #lastSourcePort = 0;
  #isClosed = false;

  private constructor(ip: string, socket: Socket) {
    this.ip = ip;
    this.#socket = socket;
    socket.on("message", (bytes, from) => {
      this.#lastSourcePort = from.port;
      this.#received.push(bytes);
    });
  }

  /** A peer on a free port of 127.0.0.1, or of another local address. */
  static async open(ip = "127.0.0.1"): Promise<UdpPeer> {
    const socket = createSocket(ip.includes(":") ? "udp6" : "udp4");

    socket.bind(0, ip);
    await once(socket, "listening");

    return new UdpPeer(ip, socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Where the datagram that arrived last came from. */
  get lastSourcePort(): number {
    return this.#lastSourcePort;
  }

  /** Datagrams that arrived and were not asked for. */
  get waitingCount(): number {
    return this.#received.length;
  }

  /** Resolves when the datagram is handed to the system, which on loopback means: delivered. */
  async send(bytes: Uint8Array | string, port: number): Promise<void> {
    await new Promise((resolve) => {
      this.#socket.send(bytes, port, this.ip, resolve);
    });
  }

  /** The next datagram, as text of one character a byte. */
  async receive(): Promise<string> {
    return (await this.#received.shift()).toString("latin1");
  }

  async receiveBytes(): Promise<Buffer> {
    return this.#received.shift();
  }

  /** May be called again. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) {
      return;
    }

    const closed = once(this.#socket, "close");

    this.#isClosed = true;
    this.#socket.close();
    await closed;
  }
}
