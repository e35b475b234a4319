/** A client's way to the server for messages of any kind: what it sends goes out as it is, what comes back is kept. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { EventLog } from "../support/event-log.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { WsClient } from "../support/ws-client.ts";

export type TortureTransport = "udp" | "tcp" | "ws";

export interface TortureChannel {
  /** Own address and port, for a Via. */
  readonly sentBy: string;
  send(bytes: Buffer): void;
  /** All that has come, as text of one character a byte; over UDP without repetitions. */
  text(): string;
  /** Resolves when the text is as wanted. */
  until(what: string, isMet: (text: string) => boolean): Promise<void>;
  isClosed(): boolean;
  close(): Promise<void>;
}

/** Where the answers to messages of RFC 4475 go over UDP: the port in their Via, and their sender's address. */
const VIA_PORTS = [5050, 5060, 5070];
/** An address of loopback that nobody else has those ports on. */
const UDP_CLIENT_IP = "127.0.0.77";

export async function openChannel(transport: TortureTransport, address: string): Promise<TortureChannel> {
  const [host = "", portText] = address.split(":");
  const port = Number(portText);

  if (transport === "udp") {
    return openUdp(host, port);
  }

  return transport === "tcp" ? openTcp(host, port) : openWs(host, port);
}

async function openUdp(host: string, port: number): Promise<TortureChannel> {
  const sockets = await Promise.all([0, ...VIA_PORTS].map(bind));
  const received = new EventLog<string>();

  for (const socket of sockets) {
    socket.on("message", (bytes) => {
      const text = bytes.toString("latin1");

      // A refused INVITE that nobody acknowledges is refused again and again (RFC 3261 section 17.2.1).
      if (!received.items.includes(text)) {
        received.push(text);
      }
    });
  }

  const text = (): string => received.items.join("");

  return {
    sentBy: `${UDP_CLIENT_IP}:${sockets[0]?.address().port}`,
    send: (bytes) => sockets[0]?.send(bytes, port, host),
    text,
    until: (what, isMet) => received.until(what, () => isMet(text())),
    isClosed: () => false,
    close: async () => {
      for (const socket of sockets) {
        socket.close();
      }
    },
  };
}

async function bind(port: number): Promise<Socket> {
  const socket = createSocket("udp4").bind(port, UDP_CLIENT_IP);

  await once(socket, "listening");

  return socket;
}

async function openTcp(host: string, port: number): Promise<TortureChannel> {
  const peer = await StreamPeer.connect({ host, port });

  return {
    sentBy: `${peer.socket.localAddress}:${peer.socket.localPort}`,
    send: (bytes) => peer.write(bytes),
    text: () => peer.text,
    until: (what, isMet) => peer.events.until(what, (events) => isMet(peer.text) || events.includes("close")),
    isClosed: () => peer.events.items.some((event) => event === "close" || event === "end"),
    close: () => peer.destroy(),
  };
}

async function openWs(host: string, port: number): Promise<TortureChannel> {
  const client = await WsClient.connect(`ws://${host}:${port}`);
  const changes = new EventLog<true>();
  const text = (): string => client.frames.items.map((frame) => frame.text).join("");

  client.webSocket.on("message", () => changes.push(true));
  client.webSocket.on("close", () => changes.push(true));

  return {
    sentBy: "client.invalid",
    // Binary: not all of the messages are UTF-8 (RFC 7118 section 5).
    send: (bytes) => client.webSocket.send(bytes),
    text,
    until: (what, isMet) => changes.until(what, () => isMet(text()) || client.closes.items.length > 0),
    isClosed: () => client.closes.items.length > 0,
    close: () => client.close(),
  };
}
