/** The other end of a TCP or TLS connection: keeps what it receives as text of one character a byte. */
import { connect, createServer, type Server, type Socket, type TcpNetConnectOpts } from "node:net";
import { EventLog } from "./event-log.ts";

export class StreamPeer {
  readonly socket: Socket;
  text = "";
  /** One item for each chunk, and "end", "error" and "close" as they come. */
  readonly events = new EventLog<string>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
      this.events.push("data");
    });
    socket.on("end", () => this.events.push("end"));
    socket.on("error", (error: NodeJS.ErrnoException) => this.events.push(`error ${error.code}`));
    socket.on("close", () => this.events.push("close"));
  }

  static async connect(options: TcpNetConnectOpts): Promise<StreamPeer> {
    const socket = connect(options);
    const peer = new StreamPeer(socket);

    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });

    return peer;
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** Resolves when this text has come. */
  async receives(text: string): Promise<void> {
    await this.events.until(JSON.stringify(text.slice(0, 40)), () => this.text.includes(text));
  }

  /** Resolves when the connection is closed, by whomever. */
  async closes(): Promise<void> {
    await this.events.until("the connection to close", (events) => events.includes("close"));
  }

  async destroy(): Promise<void> {
    this.socket.destroy();
    await this.closes();
  }
}

/** A plain server that keeps every connection it accepts. */
export class StreamServer {
  readonly server: Server;
  readonly peers = new EventLog<StreamPeer>();
  port = 0;

  constructor(server: Server = createServer(), connectionEvent = "connection") {
    this.server = server;
    server.on(connectionEvent, (socket: Socket) => this.peers.push(new StreamPeer(socket)));
  }

  async listen(host: string): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen({ host, port: 0 }, resolve));

    const address = this.server.address();

    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;

    return this;
  }

  async close(): Promise<void> {
    for (const peer of this.peers.items) {
      peer.socket.destroy();
    }

    await new Promise((resolve) => this.server.close(resolve));
  }
}
