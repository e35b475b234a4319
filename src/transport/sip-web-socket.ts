/**
 * The `ws` library's WebSocket, with its events handed to one listener object.
 *
 * PERF: the listeners are shared by all sockets. Five closures for each would
 * add 320 bytes to what benchmarks/transport/idle-connections.ts measures.
 */
import { WebSocket } from "ws";

export interface SipWebSocketListener {
  /** A message, whole. */
  receiveData(data: Buffer): void;
  /** To be answered with a pong that holds the same (RFC 6455 section 5.5.3). */
  receivePing(data: Buffer): void;
  receivePong(): void;
  /** The peer broke the protocol or a limit; the close frame is on its way. */
  receiveError(error: Error): void;
  /** Once, and last. */
  receiveClose(): void;
}

/** What is read of the library's receiver, which has no public name for it. */
interface FrameReceiver {
  /** Opcode of the message that has begun in fragments, or else 0. */
  readonly _fragmented: number;
  /** 0 between frames. */
  readonly _state: number;
  readonly _bufferedBytes: number;
}

export class SipWebSocket extends WebSocket {
  /** Who is told; set by `attach`. */
  listener: SipWebSocketListener | undefined = undefined;
  /** @internal Of the library. */
  declare readonly _receiver: FrameReceiver | null;

  get isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  /** Whether bytes have come that are no whole message yet. */
  get isMidMessage(): boolean {
    const receiver = this._receiver;

    return (
      receiver !== null &&
      (receiver._fragmented !== 0 || receiver._state !== 0 || receiver._bufferedBytes !== 0)
    );
  }

  /** From now on tells `listener`. To be called once, in the turn of the upgrade. */
  attach(listener: SipWebSocketListener): void {
    this.listener = listener;
    this.on("message", onMessage);
    this.on("ping", onPing);
    this.on("pong", onPong);
    this.on("error", onError);
    this.on("close", onClose);
  }
}

function onMessage(this: WebSocket, data: unknown): void {
  // With the default `binaryType` it is one Buffer.
  (this as SipWebSocket).listener?.receiveData(data as Buffer);
}

function onPing(this: WebSocket, data: Buffer): void {
  (this as SipWebSocket).listener?.receivePing(data);
}

function onPong(this: WebSocket): void {
  (this as SipWebSocket).listener?.receivePong();
}

function onError(this: WebSocket, error: Error): void {
  (this as SipWebSocket).listener?.receiveError(error);
}

function onClose(this: WebSocket): void {
  const { listener } = this as SipWebSocket;

  (this as SipWebSocket).listener = undefined;
  listener?.receiveClose();
}
