/**
 * One WebSocket connection as a flow (RFC 7118, RFC 6455): one SIP message in
 * each WebSocket message, the close codes, the keep-alives. It exists from the
 * TLS handshake or the upgrade request on, so that user code can refuse it and
 * keep variables in it; messages pass once it is open.
 */
import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { InvalidStateError, TransportError, type TransportFailure } from "../errors/errors.ts";
import type { LogLevel } from "../log/logger.ts";
import { ParseFailure } from "../message/parse-failure.ts";
import type { SendErrorCallback } from "./flow.ts";
import { buildRefusal, type RefusalHeaders } from "./http-refusal.ts";
import type { SipWebSocket, SipWebSocketListener } from "./sip-web-socket.ts";
import { observeSent } from "./transport-observer.ts";
import { type WatchTicks, WsActivity } from "./ws-activity.ts";
import {
  checkCloseCode,
  closeCodeOf,
  SILENCE_CLOSE,
  truncateCloseReason,
  WS_CLOSE,
} from "./ws-close-code.ts";
import type { WsConnectionContext, WsFlow } from "./ws-connection-context.ts";
import { type WsEndpointAddresses, WsEndpoints } from "./ws-endpoints.ts";
import { readWsMessage } from "./ws-sip-message.ts";
import type { WatchedConnection } from "./ws-watch.ts";

type State = "connecting" | "handshake" | "open" | "closed";

const CRLF = Buffer.from("\r\n");
const AS_TEXT = { binary: false };
const AS_BINARY = { binary: true };

export class WsConnection extends WsEndpoints implements WsFlow, WatchedConnection, SipWebSocketListener {
  readonly #context: WsConnectionContext;
  #state: State = "connecting";
  /** Until it is open. */
  #socket: Socket | undefined;
  #webSocket: SipWebSocket | undefined = undefined;
  #cvars: Record<string, unknown> | undefined = undefined;
  #isClosedByServer = false;
  #isFirstMessageAwaited = true;
  #activity: WsActivity | undefined = undefined;

  constructor(context: WsConnectionContext, socket: Socket, addresses: WsEndpointAddresses) {
    super(addresses);
    this.#context = context;
    this.#socket = socket;
  }

  get transport(): "ws" | "wss" {
    return this.#context.transport;
  }

  get cvars(): Record<string, unknown> {
    this.#cvars ??= Object.create(null) as Record<string, unknown>;

    return this.#cvars;
  }

  get flowToken(): string {
    this.#isFirstMessageAwaited = false;
    this.#activity?.excuseFirstMessage();

    return this.#context.receiver.flowToken(this);
  }

  get isOpen(): boolean {
    if (this.#state === "open") {
      return this.#webSocket?.isOpen === true;
    }

    return this.#state !== "closed" && this.#socket?.destroyed === false;
  }

  /** Whether the handshake request waits for its answer. */
  get isInHandshake(): boolean {
    return this.#state === "handshake" && this.isOpen;
  }

  /** The handshake request is whole and passed the checks. For the transport only. */
  beginHandshake(): void {
    this.#state = "handshake";
  }

  /** The upgrade was answered 101. For the transport only. */
  open(webSocket: SipWebSocket): void {
    webSocket.attach(this);
    this.#webSocket = webSocket;
    this.#socket = undefined;
    this.#state = "open";
    this.#activity = new WsActivity(this.#context.watch.now, this.#isFirstMessageAwaited);
    this.#context.watch.add(this);
  }

  /** Its socket was closed before it was open. For the transport only. */
  endHandshake(): void {
    this.#state = "closed";
    this.#socket = undefined;
    this.#context.receiver.flowClosed(this);
  }

  httpReject(statusCode = 403, reasonPhrase?: string, headers?: RefusalHeaders): boolean {
    const refusal = buildRefusal(statusCode, reasonPhrase, headers);

    if (this.#state !== "handshake") {
      throw new InvalidStateError("httpReject: there is no WebSocket handshake to refuse");
    }

    const socket = this.#socket;
    const canAnswer = this.isOpen;

    this.#state = "closed";

    if (socket !== undefined && canAnswer) {
      this.#context.refuse(socket, refusal);
    }

    return canAnswer;
  }

  close(code: number = WS_CLOSE.NORMAL, reason = ""): boolean {
    checkCloseCode(code);

    if (!this.isOpen) {
      return false;
    }

    this.#isClosedByServer = true;

    if (this.#webSocket !== undefined) {
      this.#webSocket.close(code, truncateCloseReason(reason));
    } else {
      this.#state = "closed";
      this.#socket?.destroy();
    }

    return true;
  }

  /** Drops the connection without a close frame. */
  terminate(): void {
    this.#isClosedByServer ||= this.isOpen;
    this.#webSocket?.terminate();
    this.#socket?.destroy();
  }

  sendText(text: string, onError?: SendErrorCallback): void {
    this.send(Buffer.from(text, "latin1"), onError);
  }

  send(bytes: Uint8Array, onError?: SendErrorCallback): void {
    const webSocket = this.#webSocket;

    if (webSocket === undefined || !webSocket.isOpen) {
      this.#failSend("closed", `WebSocket connection to ${this.remoteDescription} is closed`, onError);

      return;
    }

    if (webSocket.bufferedAmount + bytes.length > this.#context.maxSendBufferBytes) {
      // A message lost on a reliable transport is a broken flow.
      this.#cutOverflow();
      this.#failSend("overflow", `send buffer to ${this.remoteDescription} is full`, onError);

      return;
    }

    observeSent(this.#context.receiver.observer, bytes, this);

    // RFC 7118 §4.2: text for what is UTF-8, or else binary.
    const options = isUtf8(bytes) ? AS_TEXT : AS_BINARY;

    if (onError === undefined) {
      webSocket.send(bytes, options);
    } else {
      webSocket.send(bytes, options, (cause) => {
        if (cause) {
          onError(this.#sendError("connection", `cannot send to ${this.remoteDescription}`, cause));
        }
      });
    }
  }

  watch(now: number, ticks: WatchTicks): void {
    const webSocket = this.#webSocket;

    if (webSocket === undefined || !webSocket.isOpen) {
      return;
    }

    const verdict = this.#activity?.judge(now, webSocket.isMidMessage, ticks);

    if (verdict === "send-ping") {
      webSocket.ping("keep-alive");
    } else if (verdict === "pong-missing") {
      this.#log("info", "ping-unanswered", "ping not answered: connection cut");
      this.terminate();
    } else if (verdict !== undefined && verdict !== "alive") {
      const { code, reason } = SILENCE_CLOSE[verdict];

      this.#log("info", verdict, `${reason}: connection closed`);
      this.close(code, reason);
    }
  }

  receiveData(data: Buffer): void {
    this.#activity?.receiveMessage(this.#context.watch.now);

    // What comes after this side's close frame is not wanted any more.
    if (!this.isOpen) {
      return;
    }

    try {
      const content = readWsMessage(data, this.#context.parser);

      if (content === "ping") {
        this.send(CRLF);
      } else if (content instanceof ParseFailure) {
        this.#receiveFailure(content, data);
      } else if (content !== "pong") {
        this.#activity?.excuseFirstMessage();
        this.#context.receiver.receiveMessage(content, this);
      }
    } catch (error) {
      // SECURITY: what one message breaks must not take down the others' connections.
      this.#context.logger.crit(error, { peer: this.remoteDescription });
    }
  }

  receivePing(data: Buffer): void {
    const webSocket = this.#webSocket;

    this.receivePong();

    if (webSocket === undefined || !webSocket.isOpen) {
      return;
    }

    // SECURITY: a peer that pings and does not read would fill the memory with pongs.
    if (webSocket.bufferedAmount + data.length > this.#context.maxSendBufferBytes) {
      this.#cutOverflow();
    } else {
      webSocket.pong(data);
    }
  }

  receivePong(): void {
    this.#activity?.receiveControl(this.#context.watch.now);
  }

  receiveError(error: Error): void {
    this.#isClosedByServer = true;
    this.#log("info", "protocol-error", `WebSocket protocol error: ${error.message}`);
  }

  receiveClose(): void {
    this.#state = "closed";
    this.#webSocket = undefined;
    this.#context.watch.delete(this);
    this.#context.connectionClosed(this, !this.#isClosedByServer);
  }

  #receiveFailure(failure: ParseFailure, data: Buffer): void {
    const code = closeCodeOf(failure, data);

    this.#log("info", "bad-message", `bad SIP message: ${failure.message}`);
    this.#context.receiver.receiveFailure(failure, this);

    if (code !== undefined) {
      this.close(code, failure.message);
    }
  }

  #cutOverflow(): void {
    this.#log("notice", "send-overflow", "send buffer is full, the peer does not read: connection cut");
    this.terminate();
  }

  #failSend(failure: TransportFailure, message: string, onError: SendErrorCallback | undefined): void {
    if (onError !== undefined) {
      process.nextTick(onError, this.#sendError(failure, message));
    }
  }

  #sendError(failure: TransportFailure, message: string, cause?: Error): TransportError {
    return new TransportError(cause === undefined ? message : `${message}: ${cause.message}`, failure, {
      cause,
    });
  }

  #log(level: LogLevel, kind: string, message: string): void {
    this.#context.limitedLog.write(level, kind, message, { peer: this.remoteDescription });
  }
}
