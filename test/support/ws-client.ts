/** A WebSocket client that keeps what it receives. */
import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";
import { EventLog } from "./event-log.ts";

export interface ReceivedFrame {
  readonly kind: "text" | "binary" | "ping" | "pong";
  readonly text: string;
}

export class WsClient {
  readonly webSocket: WebSocket;
  readonly frames = new EventLog<ReceivedFrame>();
  readonly closes = new EventLog<{ readonly code: number; readonly reason: string }>();

  constructor(webSocket: WebSocket) {
    this.webSocket = webSocket;
    webSocket.on("message", (data, isBinary) =>
      this.frames.push({ kind: isBinary ? "binary" : "text", text: (data as Buffer).toString("latin1") }),
    );
    webSocket.on("ping", (data) => this.frames.push({ kind: "ping", text: data.toString("latin1") }));
    webSocket.on("pong", (data) => this.frames.push({ kind: "pong", text: data.toString("latin1") }));
    webSocket.on("error", () => {});
    webSocket.on("close", (code, reason) => this.closes.push({ code, reason: reason.toString("utf8") }));
  }

  /** Resolves once it is open. Offers the sub-protocol "sip" unless told otherwise. */
  static async connect(
    url: string,
    options: ClientOptions & { readonly protocols?: string[] } = {},
  ): Promise<WsClient> {
    const client = new WsClient(new WebSocket(url, options.protocols ?? ["sip"], options));

    await once(client.webSocket, "open");

    return client;
  }

  /** Resolves when the connection is closed, by whomever. */
  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.closes.at(0);
  }

  async close(): Promise<void> {
    this.webSocket.close();
    await this.closed();
  }
}
