/**
 * HTTP of a WebSocket listener: reads one request of each socket, refuses it
 * or asks the user's code, and upgrades it (RFC 6455 section 4.2). The HTTP
 * server has no socket of its own: sockets are put into it.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { describeRefusal, formatRefusal, type HandshakeRefusal } from "./http-refusal.ts";
import { HttpRequest } from "./http-request.ts";
import { SipWebSocket } from "./sip-web-socket.ts";
import { runCallback } from "./ws-callback.ts";
import { WsConnection } from "./ws-connection.ts";
import type { WsConnectionContext } from "./ws-connection-context.ts";
import type { WebSocketHandlers } from "./ws-events.ts";
import type { WsGate } from "./ws-gate.ts";
import { checkHandshake, type HandshakeChecks, SIP_SUBPROTOCOL } from "./ws-handshake.ts";
import type { WsLimits } from "./ws-limits.ts";
import type { WsPending } from "./ws-pending.ts";

export type ServerStatus = "loading" | "running" | "terminating";

export interface WsHttpFrontOptions {
  readonly limits: WsLimits;
  readonly gate: WsGate;
  readonly context: WsConnectionContext;
  readonly handlers: WebSocketHandlers;
  readonly checks: HandshakeChecks;
  serverStatus(): ServerStatus;
}

/** Options of the `ws` library that its type declarations lack. */
interface UndeclaredOptions {
  readonly closeTimeout: number;
}

export class WsHttpFront {
  readonly #options: WsHttpFrontOptions;
  readonly #httpServer: Server;
  readonly #webSocketServer: WebSocketServer;
  /** What is waiting for its request, by the socket that the request comes on. */
  readonly #pending = new WeakMap<Socket, WsPending>();

  constructor(options: WsHttpFrontOptions) {
    this.#options = options;
    this.#httpServer = this.#createHttpServer();
    this.#webSocketServer = createWebSocketServer(options.limits);
  }

  /** Reads a request from `socket`, which is that of `pending` or TLS on top of it. */
  begin(pending: WsPending, socket: Socket): void {
    pending.httpSocket = socket;
    this.#pending.set(socket, pending);
    this.#httpServer.emit("connection", socket);
  }

  /** Answers the request of a socket and ends it. */
  refuse(socket: Socket, refusal: HandshakeRefusal): void {
    const pending = this.#pending.get(socket);

    if (pending === undefined || pending.isAnswered) {
      return;
    }

    pending.isAnswered = true;
    this.#log(pending, "refused", `WebSocket handshake refused: ${describeRefusal(refusal)}`);

    // What the client still sends is thrown away: unread, it would turn the end into a reset that takes the answer along.
    socket.end(formatRefusal(refusal));
    socket.resume();
    this.#options.gate.waitForEnd(pending);
  }

  #createHttpServer(): Server {
    const server = createServer({
      maxHeaderSize: this.#options.limits.maxHeaderBytes,
      insecureHTTPParser: false,
      // Its absence is answered like every other fault.
      requireHostHeader: false,
    });
    const onRequest = (request: IncomingMessage): void => this.#receiveOther(request);

    server.on("upgrade", (request, stream, head) => {
      ignoreErrorsOf(stream, request);
      this.#receiveUpgrade(request, head);
    });
    server.on("connect", (request, stream) => {
      ignoreErrorsOf(stream, request);
      this.#receiveOther(request);
    });
    server.on("request", onRequest);
    server.on("checkContinue", onRequest);
    server.on("checkExpectation", onRequest);
    server.on("clientError", (error, stream) => this.#receiveFault(error, stream as Socket));

    return server;
  }

  /** A request that is no handshake at all. */
  #receiveOther(request: IncomingMessage): void {
    const refusal = checkHandshake(request, this.#options.checks) ?? {
      statusCode: 400,
      reasonPhrase: "Not a WebSocket handshake",
    };

    request.resume();
    this.refuse(request.socket, refusal);
  }

  /** Bytes that are no HTTP request. */
  #receiveFault(error: NodeJS.ErrnoException, socket: Socket): void {
    if (this.#pending.get(socket)?.isAnswered) {
      // What comes behind a refused request.
      return;
    }

    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();

      return;
    }

    this.refuse(socket, { statusCode: error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400 });
  }

  #receiveUpgrade(request: IncomingMessage, head: Buffer): void {
    const { socket } = request;
    const pending = this.#pending.get(socket);

    if (pending === undefined || pending.isAnswered) {
      socket.destroy();

      return;
    }

    const refusal = checkHandshake(request, this.#options.checks) ?? this.#statusRefusal();

    if (refusal !== undefined) {
      request.resume();
      this.refuse(socket, refusal);

      return;
    }

    const connection = pending.connection ?? new WsConnection(this.#options.context, socket, pending);

    pending.connection = connection;
    connection.beginHandshake();
    this.#askUser(pending, connection, request, head);
  }

  #statusRefusal(): HandshakeRefusal | undefined {
    switch (this.#options.serverStatus()) {
      case "loading":
        return { statusCode: 500, reasonPhrase: "Server Still Loading", headers: [["Retry-After", "5"]] };
      case "terminating":
        return { statusCode: 500, reasonPhrase: "Server is Being Stopped" };
      default:
        return undefined;
    }
  }

  /** Nothing is read from the socket meanwhile: what the client sends waits. */
  #askUser(pending: WsPending, connection: WsConnection, request: IncomingMessage, head: Buffer): void {
    const { context, gate, handlers } = this.#options;

    runCallback(() => handlers.onConnection?.(connection, new HttpRequest(request, connection)), {
      waiting: () =>
        gate.waitForCallback(pending, () => {
          this.#log(pending, "callback-timeout", "webSocketEvents.onConnection did not settle in time");
          this.#failHandshake(connection);
        }),
      done: () => this.#upgrade(pending, connection, request, head),
      failed: (error) => {
        context.logger.error(error, {
          callback: "webSocketEvents.onConnection",
          peer: pending.remoteDescription,
        });
        this.#failHandshake(connection);
      },
    });
  }

  #failHandshake(connection: WsConnection): void {
    if (connection.isInHandshake) {
      connection.httpReject(500);
    }
  }

  #upgrade(pending: WsPending, connection: WsConnection, request: IncomingMessage, head: Buffer): void {
    if (!connection.isInHandshake) {
      return;
    }

    // When the client has gone meanwhile, the socket is destroyed and nobody called back.
    this.#webSocketServer.handleUpgrade(request, request.socket, head, (webSocket) => {
      this.#options.gate.release(pending);
      this.#pending.delete(request.socket);
      this.#open(connection, webSocket as SipWebSocket);
    });
  }

  #open(connection: WsConnection, webSocket: SipWebSocket): void {
    const { maxFrameBytes, maxMessageBytes } = this.#options.limits;

    if (maxFrameBytes < maxMessageBytes) {
      webSocket.limitFrames(maxFrameBytes);
    }

    connection.open(webSocket);
  }

  #log(pending: WsPending, kind: string, message: string): void {
    this.#options.context.limitedLog.write("info", kind, message, { peer: pending.remoteDescription });
  }
}

/**
 * SECURITY: for a request whose body is not there yet, Node.js 26 puts a stream
 * of its own before the socket. Nobody uses it, and when the socket ends it
 * may fail, which without a listener would end the process.
 */
function ignoreErrorsOf(stream: Duplex, request: IncomingMessage): void {
  if (stream !== request.socket) {
    stream.on("error", () => {});
  }
}

function createWebSocketServer(limits: WsLimits): WebSocketServer {
  const undeclared: UndeclaredOptions = { closeTimeout: limits.closeTimeoutMs };

  return new WebSocketServer({
    ...undeclared,
    noServer: true,
    clientTracking: false,
    // SECURITY: a small compressed message may be a large one, and each connection would hold a window of zlib's.
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    maxFragments: limits.maxMessagePieces,
    maxBufferedChunks: limits.maxMessagePieces,
    // The connection answers pings itself, within its send buffer.
    autoPong: false,
    WebSocket: SipWebSocket,
    handleProtocols: () => SIP_SUBPROTOCOL,
  });
}
