/**
 * A scripted user agent on real sockets: a socket of its own for UDP, one
 * connection to the server for TCP, TLS, WS and WSS, or a listener that the
 * server connects to. It does nothing by itself: no retransmission, no ACK.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { OutgoingHttpHeaders } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { WebSocket } from "ws";
import { MessageParser } from "../../src/message/message-parser.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import { buildResponse } from "../../src/message/response-builder.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import { StreamFramer } from "../../src/message/stream-framer.ts";
import { AwaitableQueue } from "./awaitable-queue.ts";
import type { CertificateAuthority, MadeCertificate } from "./make-certificates.ts";
import { type RequestTextOptions, requestText } from "./request-text.ts";

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

/** What `reply` adds to the lines that every response has. */
export interface ReplyOptions {
  readonly reason?: string;
  /** Default "callee". */
  readonly toTag?: string;
  readonly extra?: readonly string[];
  readonly body?: string;
}

interface Received {
  readonly message: SipRequest | SipResponse;
  readonly answer: (bytes: Buffer) => void;
}

/** What a user agent that was asked to send something did send. */
export interface SentRequest {
  readonly text: string;
  readonly branch: string;
  readonly callId: string;
}

export class SipUserAgent implements AsyncDisposable {
  readonly transport: UserAgentTransport;
  readonly ip: string;
  /** Own port, which the server sees as the source port. */
  port = 0;
  readonly #received = new AwaitableQueue<Received>();
  readonly #answers = new WeakMap<SipRequest | SipResponse, (bytes: Buffer) => void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #connections: Socket[] = [];
  readonly #parser = new MessageParser();
  #send: ((bytes: Buffer) => void) | undefined = undefined;
  #dispose: () => Promise<void> = async () => {};
  #webSocket: WebSocket | undefined = undefined;

  private constructor(transport: UserAgentTransport, ip: string) {
    this.transport = transport;
    this.ip = ip;
  }

  /** Speaks to the server: over UDP from a socket of its own, else over one connection. */
  static async connect(
    server: ServerAddress,
    tls?: UserAgentTls,
    headers: OutgoingHttpHeaders | undefined = {},
  ): Promise<SipUserAgent> {
    const agent = new SipUserAgent(server.transport, server.ip);

    switch (server.transport) {
      case "udp":
        await agent.#bindUdp(server);
        break;
      case "tcp":
        await agent.#connectStream(connect({ host: server.ip, port: server.port }), "connect");
        break;
      case "tls":
        await agent.#connectStream(
          connectTls({ host: server.ip, port: server.port, ...tlsOptions(tls) }),
          "secureConnect",
        );
        break;
      default:
        await agent.#connectWebSocket(server, tls, headers);
    }

    return agent;
  }

  /**
   * Waits for the server to come; it can answer, and send requests over the connection that came last.
   *
   * @param server where requests go over UDP. Default: to who sends something first.
   */
  static async listen(
    transport: "udp" | "tcp" | "tls",
    ip = "127.0.0.1",
    tls?: UserAgentTls,
    server?: ServerAddress,
  ): Promise<SipUserAgent> {
    const agent = new SipUserAgent(transport, ip);

    if (transport === "udp") {
      await agent.#bindUdp(server);
    } else {
      await agent.#listenStream(transport, tls);
    }

    return agent;
  }

  /** "127.0.0.1:5060" or "[::1]:5060". */
  get address(): string {
    return `${this.ip.includes(":") ? `[${this.ip}]` : this.ip}:${this.port}`;
  }

  /** A URI of this user agent, such as "sip:bob@127.0.0.1:5060;transport=tcp". */
  uri(user: string): string {
    const transport = this.transport === "udp" ? "" : `;transport=${this.transport.replace("wss", "ws")}`;

    return `sip:${user}@${this.address}${transport}`;
  }

  get contact(): string {
    return `Contact: <${this.uri("me")}>`;
  }

  /** Messages that came and were not asked for. */
  get waitingCount(): number {
    return this.#received.length;
  }

  /** Takes them, and returns their start lines. */
  async takeWaiting(): Promise<string[]> {
    const startLines: string[] = [];

    while (this.#received.length > 0) {
      const { message } = await this.#received.shift();

      startLines.push(message.toRawText().split("\r\n")[0] ?? "");
    }

    return startLines;
  }

  /** Connections that came to a listener. */
  get connectionCount(): number {
    return this.#connections.length;
  }

  /** Sends bytes, or text of one character a byte, as they are. */
  send(bytes: Buffer | string): void {
    assert.ok(this.#send !== undefined, "nobody to send to");
    this.#send(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Via, tags, Call-ID and so on are its own unless told otherwise. */
  sendRequest(method: string, options: RequestTextOptions = {}): SentRequest {
    const id = randomBytes(6).toString("hex");
    const branch = options.branch ?? `z9hG4bK-${id}`;
    const callId = options.callId ?? `call-${id}`;
    const text = requestText(method, {
      sentBy: `${this.address};rport`,
      transport: this.transport.toUpperCase(),
      ...options,
      branch,
      callId,
    });

    this.send(text);

    return { text, branch, callId };
  }

  /** ACK for a response that is no 2xx (RFC 3261 section 17.1.1.3), or CANCEL (section 9.1), of a request that was sent. */
  sendWithin(invite: SentRequest, method: "ACK" | "CANCEL", toTag?: string, extra: string[] = []): void {
    const head = invite.text.slice(0, invite.text.indexOf("\r\n\r\n"));
    const lines = head
      .replace(/^INVITE /, `${method} `)
      .replace(/CSeq: (\d+) INVITE/, `CSeq: $1 ${method}`)
      .replace(/\r\nContent-Length: \d+/, "\r\nContent-Length: 0");

    this.send(
      [toTag === undefined ? lines : lines.replace(/\r\nTo: .*/, `$&;tag=${toTag}`), ...extra, "", ""].join(
        "\r\n",
      ),
    );
  }

  /** The next message, which has to be a request of that method. */
  nextRequest(method: string): Promise<SipRequest> {
    return this.nextRequestOf([method]);
  }

  /** The next message, which has to be a request of one of these methods. */
  async nextRequestOf(methods: readonly string[]): Promise<SipRequest> {
    const message = await this.#next(`the request ${methods.join(" or ")}`);

    assert.ok(message instanceof SipRequest, `wanted ${methods}, got:\n${message.toRawText()}`);
    assert.ok(methods.includes(message.method), `wanted ${methods}, got:\n${message.toRawText()}`);

    return message;
  }

  /** The next message, which has to be a response of that status. */
  async nextResponse(statusCode: number): Promise<SipResponse> {
    const message = await this.#next(`the response ${statusCode}`);

    assert.ok(!(message instanceof SipRequest), `wanted ${statusCode}, got:\n${message.toRawText()}`);
    assert.equal(message.statusCode, statusCode, message.toRawText());

    return message;
  }

  /** Answers a request that it got, on the way on which it came. */
  reply(request: SipRequest, statusCode: number, options: ReplyOptions = {}): void {
    const { reason: reasonPhrase, toTag = "callee", extra: extraHeaders, body } = options;

    this.answer(
      request,
      buildResponse(request, { statusCode, reasonPhrase, toTag, extraHeaders, body }).toBytes(),
    );
  }

  /** Sends bytes to where a message came from. */
  answer(message: SipRequest | SipResponse, bytes: Buffer | string): void {
    this.#answers.get(message)?.(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Resolves when the connection is closed, by whomever. */
  async closed(): Promise<void> {
    await this.#closed.promise;
  }

  /** Closes the connection of a WebSocket client with its handshake, any other by FIN. */
  async close(): Promise<void> {
    if (this.#webSocket !== undefined) {
      this.#webSocket.close();
    } else {
      for (const socket of this.#connections) {
        socket.end();
      }
    }

    await this.closed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }

  async #next(what: string): Promise<SipRequest | SipResponse> {
    const { message, answer } = await this.#received.shift().catch((error: Error) => {
      throw new Error(`${this.transport} ${this.address} waited for ${what}: ${error.message}`);
    });

    this.#answers.set(message, answer);

    return message;
  }

  #receiveBytes(bytes: Buffer, answer: (bytes: Buffer) => void): void {
    const message = this.#parser.parseDatagram(bytes);

    assert.ok(
      !(message instanceof ParseFailure),
      `the server sent what is no message:\n${bytes.toString("latin1")}`,
    );
    this.#received.push({ message, answer });
  }

  async #bindUdp(server: ServerAddress | undefined): Promise<void> {
    const socket = createSocket(this.ip.includes(":") ? "udp6" : "udp4");

    socket.on("message", (bytes, from) => {
      const answer = (reply: Buffer): void => socket.send(reply, from.port, from.address);

      this.#send ??= answer;
      this.#receiveBytes(bytes, answer);
    });
    socket.bind(0, this.ip);
    await once(socket, "listening");
    this.port = socket.address().port;
    this.#dispose = async () => {
      socket.close();
    };

    if (server !== undefined) {
      this.#send = (bytes) => socket.send(bytes, server.port, server.ip);
    }
  }

  async #connectStream(socket: Socket, event: string): Promise<void> {
    this.#useStream(socket);
    await once(socket, event);
    this.port = socket.localPort ?? 0;
    this.#dispose = async () => {
      socket.destroy();
    };
  }

  async #listenStream(transport: "tcp" | "tls", tls: UserAgentTls | undefined): Promise<void> {
    const server: Server =
      transport === "tcp"
        ? createServer()
        : createTlsServer({ ...tlsOptions(tls), requestCert: true, rejectUnauthorized: false });

    server.on(transport === "tcp" ? "connection" : "secureConnection", (socket: Socket) =>
      this.#useStream(socket),
    );
    server.listen(0, this.ip);
    await once(server, "listening");
    this.port = (server.address() as AddressInfo).port;
    this.#dispose = async () => {
      for (const socket of this.#connections) {
        socket.destroy();
      }

      server.close();
    };
  }

  #useStream(socket: Socket): void {
    const answer = (bytes: Buffer): void => void socket.write(bytes);
    const framer = new StreamFramer(this.#parser, {
      receiveMessage: (message) => this.#received.push({ message, answer }),
      receiveKeepAlive: () => {},
      receiveFailure: (failure) => assert.fail(`the server sent what is no message: ${failure.message}`),
    });

    this.#connections.push(socket);
    this.#send = answer;
    socket.on("data", (chunk: Buffer) => framer.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => this.#closed.resolve());
  }

  async #connectWebSocket(
    { transport, ip, port }: ServerAddress,
    tls: UserAgentTls | undefined,
    headers: OutgoingHttpHeaders,
  ): Promise<void> {
    const host = ip.includes(":") ? `[${ip}]` : ip;
    const webSocket = new WebSocket(`${transport}://${host}:${port}/path?room=7`, ["sip"], {
      headers,
      ...tlsOptions(tls),
    });
    const answer = (bytes: Buffer): void => webSocket.send(bytes);

    this.#webSocket = webSocket;
    this.#send = answer;
    webSocket.on("message", (data) => this.#receiveBytes(data as Buffer, answer));
    webSocket.on("close", () => this.#closed.resolve());
    webSocket.on("upgrade", ({ socket }) => {
      this.port = socket.localPort ?? 0;
    });
    this.#dispose = async () => webSocket.terminate();
    await once(webSocket, "open");
    webSocket.on("error", () => {});
  }
}

function tlsOptions(tls: UserAgentTls | undefined): object {
  return tls === undefined
    ? {}
    : { ca: tls.authority.cert, ...(tls.identity === undefined ? {} : tls.identity) };
}
