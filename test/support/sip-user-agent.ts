/**
 * A scripted user agent on real sockets: a socket of its own for UDP, one
 * connection to the server for TCP, TLS, WS and WSS, or a listener that the
 * server connects to. It does nothing by itself: no retransmission, no ACK.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { buildResponse } from "../../src/message/response-builder.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import { AwaitableQueue } from "./awaitable-queue.ts";
import { type RequestTextOptions, requestText } from "./request-text.ts";
import {
  type Answer,
  listenStreamLink,
  openStreamLink,
  openUdpLink,
  openWebSocketLink,
  type ServerAddress,
  type UserAgentLink,
  type UserAgentTls,
  type UserAgentTransport,
} from "./user-agent-link.ts";

export type { ServerAddress, UserAgentTls, UserAgentTransport } from "./user-agent-link.ts";

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
  readonly answer: Answer;
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
  readonly #link: UserAgentLink;
  readonly #received: AwaitableQueue<Received>;
  readonly #answers = new WeakMap<SipRequest | SipResponse, Answer>();

  private constructor(
    transport: UserAgentTransport,
    ip: string,
    link: UserAgentLink,
    received: AwaitableQueue<Received>,
  ) {
    this.transport = transport;
    this.ip = ip;
    this.#link = link;
    this.#received = received;
  }

  /** Speaks to the server: over UDP from a socket of its own, else over one connection. */
  static async connect(
    server: ServerAddress,
    tls?: UserAgentTls,
    headers: OutgoingHttpHeaders = {},
  ): Promise<SipUserAgent> {
    const { transport, ip } = server;
    const received = new AwaitableQueue<Received>();
    const sink = (message: SipRequest | SipResponse, answer: Answer) => received.push({ message, answer });
    const link = await (transport === "udp"
      ? openUdpLink(ip, server, sink)
      : transport === "tcp" || transport === "tls"
        ? openStreamLink(server, tls, sink)
        : openWebSocketLink(server, tls, headers, sink));

    return new SipUserAgent(transport, ip, link, received);
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
    const received = new AwaitableQueue<Received>();
    const sink = (message: SipRequest | SipResponse, answer: Answer) => received.push({ message, answer });
    const link = await (transport === "udp"
      ? openUdpLink(ip, server, sink)
      : listenStreamLink(transport, ip, tls, sink));

    return new SipUserAgent(transport, ip, link, received);
  }

  /** Own port, which the server sees as the source port. */
  get port(): number {
    return this.#link.port;
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
    return this.#link.connectionCount;
  }

  /** Sends bytes, or text of one character a byte, as they are. */
  send(bytes: Buffer | string): void {
    const { send } = this.#link;

    assert.ok(send !== undefined, "nobody to send to");
    send(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
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
    await this.#link.closed;
  }

  /** Closes the connection of a WebSocket client with its handshake, any other by FIN. */
  async close(): Promise<void> {
    this.#link.close();
    await this.closed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.destroy();
  }

  async #next(what: string): Promise<SipRequest | SipResponse> {
    const { message, answer } = await this.#received.shift().catch((error: Error) => {
      throw new Error(`${this.transport} ${this.address} waited for ${what}: ${error.message}`);
    });

    this.#answers.set(message, answer);

    return message;
  }
}
