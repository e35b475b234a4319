/** The sockets of a scripted user agent: one way to send, and every message that comes with the way to answer it. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { OutgoingHttpHeaders } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { WebSocket } from "ws";
import { MessageParser } from "../../src/message/message-parser.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import type { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import { StreamFramer } from "../../src/message/stream-framer.ts";
import type { CertificateAuthority, MadeCertificate } from "./make-certificates.ts";

export type UserAgentTransport = "udp" | "tcp" | "tls" | "ws" | "wss";

/** Where the server listens. */
export interface ServerAddress {
  readonly transport: UserAgentTransport;
  readonly ip: string;
  readonly port: number;
}

export interface UserAgentTls {
  readonly authority: CertificateAuthority;
  readonly identity?: MadeCertificate | undefined;
}

export type Answer = (bytes: Buffer) => void;
export type MessageSink = (message: SipRequest | SipResponse, answer: Answer) => void;

export interface UserAgentLink {
  /** Own port, which the server sees as the source port. */
  readonly port: number;
  /** Connections that there have been. */
  readonly connectionCount: number;
  /** The connection that came last; over UDP the server, or else who sent something first. */
  readonly send: Answer | undefined;
  /** Resolves when a connection is closed, by whomever. */
  readonly closed: Promise<void>;
  /** A WebSocket by its handshake, any other connection by FIN. */
  close(): void;
  /** At once. */
  destroy(): void;
}

const parser = new MessageParser();

export async function openUdpLink(
  ip: string,
  server: ServerAddress | undefined,
  sink: MessageSink,
): Promise<UserAgentLink> {
  const socket = createSocket(ip.includes(":") ? "udp6" : "udp4");
  let send: Answer | undefined;

  if (server !== undefined) {
    send = (bytes) => socket.send(bytes, server.port, server.ip);
  }

  socket.on("message", (bytes, from) => {
    const answer = (reply: Buffer): void => socket.send(reply, from.port, from.address);

    send ??= answer;
    sink(parse(bytes), answer);
  });
  socket.bind(0, ip);
  await once(socket, "listening");

  const close = (): void => void socket.close();

  return {
    port: socket.address().port,
    connectionCount: 0,
    get send() {
      return send;
    },
    closed: once(socket, "close").then(() => {}),
    close,
    destroy: close,
  };
}

/** Connections over TCP or TLS, whoever opened them. */
class StreamLink implements UserAgentLink {
  port = 0;
  send: Answer | undefined = undefined;
  readonly #sink: MessageSink;
  readonly #sockets: Socket[] = [];
  readonly #closed = Promise.withResolvers<void>();

  constructor(sink: MessageSink) {
    this.#sink = sink;
  }

  get connectionCount(): number {
    return this.#sockets.length;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  use(socket: Socket): void {
    const answer = (bytes: Buffer): void => void socket.write(bytes);
    const framer = new StreamFramer(parser, {
      receiveMessage: (message) => this.#sink(message, answer),
      receiveKeepAlive: () => {},
      receiveRefusal: ({ message }) => assert.fail(`the server sent a bad message: ${message}`),
      receiveFailure: ({ message }) => assert.fail(`the server sent what is no message: ${message}`),
    });

    this.#sockets.push(socket);
    this.send = answer;
    socket.on("data", (chunk: Buffer) => framer.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => this.#closed.resolve());
  }

  close(): void {
    for (const socket of this.#sockets) {
      socket.end();
    }
  }

  destroy(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }
}

export async function openStreamLink(
  { transport, ip: host, port }: ServerAddress,
  tls: UserAgentTls | undefined,
  sink: MessageSink,
): Promise<UserAgentLink> {
  const link = new StreamLink(sink);
  const isTls = transport === "tls";
  const socket = isTls ? connectTls({ host, port, ...tlsOptions(tls) }) : connect({ host, port });

  link.use(socket);
  await once(socket, isTls ? "secureConnect" : "connect");
  link.port = socket.localPort ?? 0;

  return link;
}

/** Asks for the certificates of who connects, and accepts any. */
export async function listenStreamLink(
  transport: "tcp" | "tls",
  ip: string,
  tls: UserAgentTls | undefined,
  sink: MessageSink,
): Promise<UserAgentLink> {
  const link = new StreamLink(sink);
  const isTls = transport === "tls";
  const server = isTls
    ? createTlsServer({ ...tlsOptions(tls), requestCert: true, rejectUnauthorized: false })
    : createServer();

  server.on(isTls ? "secureConnection" : "connection", (socket: Socket) => link.use(socket));
  server.listen(0, ip);
  await once(server, "listening");
  link.port = (server.address() as AddressInfo).port;

  const destroyConnections = link.destroy.bind(link);

  link.destroy = () => {
    destroyConnections();
    server.close();
  };

  return link;
}

export async function openWebSocketLink(
  { transport, ip, port }: ServerAddress,
  tls: UserAgentTls | undefined,
  headers: OutgoingHttpHeaders,
  sink: MessageSink,
): Promise<UserAgentLink> {
  const host = ip.includes(":") ? `[${ip}]` : ip;
  const webSocket = new WebSocket(`${transport}://${host}:${port}/path?room=7`, ["sip"], {
    headers,
    ...tlsOptions(tls),
  });
  const send = (bytes: Buffer): void => webSocket.send(bytes);
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let localPort = 0;

  webSocket.on("message", (data) => sink(parse(data as Buffer), send));
  webSocket.on("close", () => resolve());
  webSocket.on("upgrade", ({ socket }) => {
    localPort = socket.localPort ?? 0;
  });
  await once(webSocket, "open");
  webSocket.on("error", () => {});

  return {
    port: localPort,
    connectionCount: 1,
    send,
    closed,
    close: () => webSocket.close(),
    destroy: () => webSocket.terminate(),
  };
}

function parse(bytes: Buffer): SipRequest | SipResponse {
  const message = parser.parseDatagram(bytes);

  assert.ok(
    !(message instanceof ParseFailure),
    `the server sent what is no message:\n${bytes.toString("latin1")}`,
  );

  return message;
}

function tlsOptions(tls: UserAgentTls | undefined): object {
  return tls === undefined ? {} : { ca: tls.authority.cert, ...tls.identity };
}
