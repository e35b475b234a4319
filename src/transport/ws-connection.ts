/**
 * One WebSocket connection as a flow (RFC 7118, RFC 6455): one SIP message in
 * each WebSocket message, the close codes, the keep-alives. It exists from the
 * TLS handshake or the upgrade request on, so that user code can refuse it and
 * keep variables in it; messages pass once it is open.
 */
import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { InvalidStateError, TransportError } from "../errors/errors.ts";
import { ParseFailure } from "../message/parse-failure.ts";
import { type IpType, ipTypeOf } from "../util/ip-address.ts";
import type { SendErrorCallback } from "./flow.ts";
import { buildRefusal, type RefusalHeaders } from "./http-refusal.ts";
import type { SipWebSocket, SipWebSocketListener } from "./sip-web-socket.ts";
import { type WatchTicks, WsActivity } from "./ws-activity.ts";
import { checkCloseCode, closeCodeOf, truncateCloseReason, WS_CLOSE } from "./ws-close-code.ts";
import type { WsConnectionContext, WsEndpoints, WsFlow } from "./ws-connection-context.ts";
import type { WatchedConnection } from "./ws-watch.ts";

type State = "connecting" | "handshake" | "open" | "closed";

const CRLF = Buffer.from("\r\n");
const AS_TEXT = { binary: false };
const AS_BINARY = { binary: true };

export class WsConnection implements WsFlow, WatchedConnection, SipWebSocketListener {
  readonly transport: "ws" | "wss";
  readonly localIp: string;
  readonly localPort: number;
  readonly remoteIp: string;
  readonly remotePort: number;
  readonly #context: WsConnectionContext;
  #state: State = "connecting";
  #socket: Socket | undefined;
  #webSocket: SipWebSocket | undefined = undefined;
  #cvars: Record<string, unknown> | undefined = undefined;
  #closedByServer = false;
  #activity: WsActivity | undefined = undefined;

  constructor(context: WsConnectionContext, socket: Socket, endpoints: WsEndpoints) {
    this.#context = context;
    this.#socket = socket;
    this.transport = endpoints.transport;
    this.localIp = endpoints.localIp;
    this.localPort = endpoints.localPort;
    this.remoteIp = endpoints.remoteIp;
    this.remotePort = endpoints.remotePort;
  }

  get isReliable(): boolean {
    return true;
  }

  get ipType(): IpType {
    return ipTypeOf(this.remoteIp) ?? "ipv4";
  }

  get remoteIpType(): IpType {
    return this.ipType;
  }

  get remoteDescription(): string {
    return this.ipType === "ipv6"
      ? `[${this.remoteIp}]:${this.remotePort}`
      : `${this.remoteIp}:${this.remotePort}`;
  }

  get cvars(): Record<string, unknown> {
    this.#cvars ??= Object.create(null) as Record<string, unknown>;

    return this.#cvars;
  }

  get flowToken(): string {
    return this.#context.flowToken(this);
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
    this.#state = "open";
    this.#activity = new WsActivity(this.#context.watch.now, this.#socket?.bytesRead ?? 0);
    this.#context.watch.add(this);
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

  close(code: number = WS_CLOSE.NORMAL, reason = ""): void {
    checkCloseCode(code);

    if (this.#state === "open") {
      this.#closedByServer ||= this.isOpen;
      this.#webSocket?.close(code, truncateCloseReason(reason));
    } else {
      this.#state = "closed";
      this.#socket?.destroy();
    }
  }

  /** Drops the connection without a close frame. */
  terminate(): void {
    if (this.#state === "open") {
      this.#closedByServer ||= this.isOpen;
      this.#webSocket?.terminate();
    } else {
      this.close();
    }
  }

  send(bytes: Uint8Array, onError?: SendErrorCallback): void {
    const webSocket = this.#webSocket;

    if (webSocket === undefined || !this.isOpen) {
      failLater(new TransportError(`WebSocket connection to ${this.remoteDescription} is closed`), onError);

      return;
    }

    if (webSocket.bufferedAmount + bytes.length > this.#context.maxSendBufferBytes) {
      // A message lost on a reliable transport is a broken flow.
      this.#log("send buffer is full, the peer does not read: connection cut");
      this.terminate();
      failLater(new TransportError(`send buffer to ${this.remoteDescription} is full`), onError);

      return;
    }

    // RFC 7118 §4.2: text for what is UTF-8, or else binary.
    const options = isUtf8(bytes) ? AS_TEXT : AS_BINARY;

    if (onError === undefined) {
      webSocket.send(bytes, options);
    } else {
      webSocket.send(bytes, options, (cause) => {
        if (cause) {
          onError(
            new TransportError(`cannot send to ${this.remoteDescription}: ${cause.message}`, { cause }),
          );
        }
      });
    }
  }

  watch(now: number, ticks: WatchTicks): void {
    if (!this.isOpen) {
      return;
    }

    switch (this.#activity?.judge(now, this.#socket?.bytesRead ?? 0, ticks)) {
      case "send-ping":
        this.#webSocket?.ping("keep-alive");
        break;
      case "pong-missing":
        this.#log("ping not answered: connection cut");
        this.terminate();
        break;
      case "idle":
        this.#cut(WS_CLOSE.NORMAL, "idle for too long");
        break;
      case "frame-unfinished":
        this.#cut(WS_CLOSE.POLICY_VIOLATION, "frame not finished in time");
        break;
      case "first-frame-missing":
        this.#cut(WS_CLOSE.POLICY_VIOLATION, "nothing received in time");
        break;
      default:
    }
  }

  receiveFrame(): void {
    this.#activity?.receiveFrame(this.#context.watch.now);
  }

  receiveData(data: Buffer): void {
    // What comes after this side's close frame is not wanted any more.
    if (!this.isOpen) {
      return;
    }

    if (isKeepAlive(data)) {
      // RFC 5626 §4.4.1: a double CRLF is a ping, a single one its pong.
      if (data.length >= 4) {
        this.send(CRLF);
      }

      return;
    }

    try {
      const result = this.#context.parser.parseDatagram(data);

      if (result instanceof ParseFailure) {
        this.#receiveFailure(result, data.length);
      } else {
        this.#context.sink.receiveMessage(result, this);
      }
    } catch (error) {
      // What one message breaks must not take down the others' connections.
      this.#context.logger.crit(error, { transport: this.transport, peer: this.remoteDescription });
    }
  }

  receiveError(error: Error): void {
    this.#closedByServer = true;
    this.#log(`protocol error: ${error.message}`);
  }

  receiveClose(code: number): void {
    this.#state = "closed";
    this.#webSocket = undefined;
    this.#socket = undefined;
    this.#context.watch.delete(this);
    this.#context.connectionClosed(this, !this.#closedByServer, code);
  }

  #receiveFailure(failure: ParseFailure, length: number): void {
    const code = closeCodeOf(failure, length);

    this.#log(`bad SIP message: ${failure.message}`);
    this.#context.sink.receiveFailure(failure, this);

    if (code !== undefined) {
      this.close(code, failure.message);
    }
  }

  #cut(code: number, reason: string): void {
    this.#log(`${reason}: connection closed`);
    this.close(code, reason);
  }

  #log(message: string): void {
    this.#context.logger.info(message, { transport: this.transport, peer: this.remoteDescription });
  }
}

/** Nothing but CRLFs, or nothing at all. */
function isKeepAlive(data: Buffer): boolean {
  for (let index = 0; index < data.length; index += 2) {
    if (data[index] !== 0x0d || data[index + 1] !== 0x0a) {
      return false;
    }
  }

  return true;
}

function failLater(error: TransportError, onError: SendErrorCallback | undefined): void {
  if (onError !== undefined) {
    process.nextTick(onError, error);
  }
}
