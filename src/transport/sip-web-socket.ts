/**
 * The `ws` library's WebSocket, with its events handed to one listener object.
 *
 * PERF: the listeners are shared by all sockets. Five closures for each would
 * add 320 bytes to what benchmarks/transport/ws-idle-memory.ts measures.
 */
import { WebSocket } from "ws";

export interface SipWebSocketListener {
  /** A message, whole, before `receiveData`, or a ping or pong. */
  receiveFrame(): void;
  receiveData(data: Buffer): void;
  /** The peer broke the protocol or a limit; the close frame is on its way. */
  receiveError(error: Error): void;
  /** Once, and last. */
  receiveClose(code: number): void;
}

export class SipWebSocket extends WebSocket {
  /** Who is told; set by `attach`. */
  listener: SipWebSocketListener | undefined = undefined;

  get isOpen(): boolean {
    return this.readyState === WebSocket.OPEN;
  }

  /** From now on tells `listener`. To be called once, in the turn of the upgrade. */
  attach(listener: SipWebSocketListener): void {
    this.listener = listener;
    this.on("message", onMessage);
    this.on("ping", onControlFrame);
    this.on("pong", onControlFrame);
    this.on("error", onError);
    this.on("close", onClose);
  }
}

function onMessage(this: WebSocket, data: unknown): void {
  const { listener } = this as SipWebSocket;

  listener?.receiveFrame();
  // With the default `binaryType` it is one Buffer.
  listener?.receiveData(data as Buffer);
}

function onControlFrame(this: WebSocket): void {
  (this as SipWebSocket).listener?.receiveFrame();
}

function onError(this: WebSocket, error: Error): void {
  (this as SipWebSocket).listener?.receiveError(error);
}

function onClose(this: WebSocket, code: number): void {
  const { listener } = this as SipWebSocket;

  (this as SipWebSocket).listener = undefined;
  listener?.receiveClose(code);
}
