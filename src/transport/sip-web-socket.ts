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

type ReceiveCallback = (error?: Error) => void;

/** What is used of the library's receiver that has no public name. The tests of the limits prove that it is still so. */
interface FrameReceiver {
  /** Opcode of the message that has begun in fragments, or else 0. */
  readonly _fragmented: number;
  /** 0 between frames. */
  readonly _state: number;
  readonly _bufferedBytes: number;
  /** Of the frame that is read. */
  readonly _payloadLength: number;
  /** Called when the length of a frame is known. */
  haveLength(callback: ReceiveCallback): void;
  createError(
    type: typeof RangeError,
    message: string,
    isFrameInvalid: boolean,
    closeCode: number,
    code: string,
  ): Error;
}

const MESSAGE_TOO_BIG = 1009;

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

  /** Closes with 1009 when a frame is larger; the library itself limits whole messages only. */
  limitFrames(maxFrameBytes: number): void {
    const receiver = this._receiver;

    if (receiver === null) {
      return;
    }

    const haveLength = receiver.haveLength;

    receiver.haveLength = (callback) => {
      if (receiver._payloadLength > maxFrameBytes) {
        callback(
          receiver.createError(
            RangeError,
            "Max frame size exceeded",
            false,
            MESSAGE_TOO_BIG,
            "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH",
          ),
        );
      } else {
        haveLength.call(receiver, callback);
      }
    };
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
