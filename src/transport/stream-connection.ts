/**
 * One TCP or TLS connection as a flow (RFC 3261 section 18). It exists from
 * before it is open, so that messages can wait for it and user code can refuse
 * it; what makes it open (who connects, which handshake) is the transport's.
 */
import type { Socket } from "node:net";
import { TransportError } from "../errors/errors.ts";
import {
  CLOSED_BY_PEER,
  CLOSED_BY_SERVER,
  type CloseCause,
  connectionError,
  NEVER_OPENED,
  REFUSED_BY_CALLBACK,
  SEND_BUFFER_FULL,
  TOO_MUCH_WAITS,
} from "./close-cause.ts";
import type { SendErrorCallback } from "./flow.ts";
import { isTooMuch, SendQueue } from "./send-queue.ts";
import type { StreamContext, StreamEndpoints, StreamFlow } from "./stream-context.ts";
import { StreamEnds } from "./stream-ends.ts";
import { isOpenPhase, overdueReason, type StreamPhase } from "./stream-phase.ts";
import { StreamReader } from "./stream-reader.ts";
import type { WatchedStream } from "./stream-watch.ts";
import { observeSent } from "./transport-observer.ts";

/** `attach`, `open`, `cut` and the like are for the transport only. */
export class StreamConnection extends StreamEnds implements StreamFlow, WatchedStream {
  readonly #context: StreamContext;
  readonly #isQuiet: boolean;
  #isTokenKnown = false;
  readonly #queue = new SendQueue();
  #localPort: number;
  #socket: Socket | undefined;
  #reader: StreamReader | undefined;
  #cvars: Record<string, unknown> | undefined;
  #phase: StreamPhase = "connecting";
  #phaseSince: number;
  #cause: CloseCause | undefined;

  constructor(context: StreamContext, endpoints: StreamEndpoints) {
    super(endpoints);
    this.#localPort = endpoints.localPort;
    this.#isQuiet = endpoints.isQuiet === true;
    this.#context = context;
    context.watch.add(this);
    this.#phaseSince = context.watch.now;
  }

  /** 0 while a connection that this server opens is not connected. */
  get localPort(): number {
    return this.#localPort;
  }

  get cvars(): Record<string, unknown> {
    this.#cvars ??= Object.create(null) as Record<string, unknown>;

    return this.#cvars;
  }

  get flowToken(): string {
    this.#isTokenKnown = true;
    this.#reader?.activity.excuseFirstMessage();

    return this.#context.receiver.flowToken(this);
  }

  /** True from the start: what is sent before the connection is established waits. */
  get isOpen(): boolean {
    return isOpenPhase(this.#phase);
  }

  get takesAnswers(): boolean {
    return this.#phase === "answering";
  }

  send(bytes: Uint8Array, onError?: SendErrorCallback): void {
    const { maxSendBufferBytes } = this.#context.limits;
    const socket = this.#socket;

    if (!this.isOpen && !this.takesAnswers) {
      this.#failLater(onError, this.#cause ?? CLOSED_BY_SERVER);
    } else if (this.#reader === undefined || socket === undefined) {
      if (isTooMuch(this.#queue.waitingBytes, bytes.length, maxSendBufferBytes)) {
        this.#failLater(onError, TOO_MUCH_WAITS);
      } else {
        this.#queue.wait(bytes, onError);
      }
    } else {
      this.#queue.noteWritten(onError);

      if (isTooMuch(socket.writableLength, bytes.length, maxSendBufferBytes)) {
        // A message lost on a reliable transport is a broken flow.
        this.cut(SEND_BUFFER_FULL);
      } else {
        this.#write(socket, bytes);
      }
    }
  }

  sendText(text: string, onError?: SendErrorCallback): void {
    this.send(Buffer.from(text, "latin1"), onError);
  }

  /** Sends what is left, then closes. */
  close(): boolean {
    return this.end(this.#phase === "callback" ? REFUSED_BY_CALLBACK : CLOSED_BY_SERVER);
  }

  end(cause: CloseCause): boolean {
    const phase = this.#phase;
    const socket = this.#socket;

    if (!this.#enterClosing(cause)) {
      return false;
    }

    if (phase === "open" || phase === "answering") {
      socket?.end();
    } else if (phase === "callback" && socket !== undefined) {
      // Nothing is on the way to a peer that was refused, and others wait for the verdict.
      socket.destroySoon();
    } else {
      this.#destroy();
    }

    return true;
  }

  endWhenAnswered(cause: CloseCause): void {
    if (this.#reader?.owesAnswers === true) {
      this.#enterClosing(cause, "answering");
    } else {
      this.end(cause);
    }
  }

  shutDown(): void {
    const isEstablished =
      this.#reader !== undefined || this.#phase === "callback" || this.#phase === "closing";

    this.#enterClosing(CLOSED_BY_SERVER);

    if (isEstablished && this.#socket?.connecting === false) {
      this.#socket.destroySoon();
    } else {
      this.#destroy();
    }
  }

  /** Drops the connection. */
  cut(cause: CloseCause): void {
    this.#enterClosing(cause);
    this.#destroy();
  }

  /** Another phase before `open` begins. */
  enterPhase(phase: "handshake" | "callback"): void {
    if (this.isOpen) {
      this.#phase = phase;
      this.#phaseSince = this.#context.watch.now;
    }
  }

  /** Takes the socket, of which nothing is read before `open`. Once. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on("error", (error) => {
      this.#cause ??= connectionError(error);
    });
    socket.on("end", () => this.#enterClosing(this.#reader === undefined ? NEVER_OPENED : CLOSED_BY_PEER));
    socket.on("close", () => this.#finish());
  }

  /** Handshakes and callbacks are done: messages pass. Once; does nothing when closed meanwhile. */
  open(): void {
    const socket = this.#socket;

    if (!this.isOpen || socket === undefined) {
      return;
    }

    const reader = new StreamReader(this.#context, this, !this.isOpenedByServer && !this.#isTokenKnown);

    this.#phase = "open";
    this.#reader = reader;
    this.#localPort = this.#localPort === 0 ? (socket.localPort ?? 0) : this.#localPort;

    for (const { bytes, onError } of this.#queue.takeWaiting()) {
      this.#queue.noteWritten(onError);
      this.#write(socket, bytes);
    }

    this.#context.batching.read(socket, (chunk) => {
      reader.receiveBytes(chunk);

      return reader.takeMessageCount();
    });
  }

  watch(): void {
    const { watch, limits } = this.#context;
    const reason = overdueReason(this.#phase, this.#phaseSince, this.#reader?.activity, watch, limits);

    if (reason !== undefined) {
      const failure = this.#phase === "open" ? "closed" : "timeout";
      const cause: CloseCause = { kind: "overdue", reason, failure };

      if (this.takesAnswers) {
        this.end(cause);
      } else {
        this.cut(cause);
      }
    }
  }

  #write(socket: Socket, bytes: Uint8Array): void {
    observeSent(this.#context.receiver.observer, bytes, this);
    this.#context.batching.write(socket, bytes, this.#onWritten);
    this.#reader?.noteSent(bytes);

    if (this.takesAnswers && this.#reader?.owesAnswers === false) {
      this.end(CLOSED_BY_SERVER);
    }
  }

  readonly #onWritten = (error?: Error | null): void => {
    // Without an error the message is the system's; with one, `#finish` tells all at once.
    if (!error) {
      this.#queue.takeWritten();
    }
  };

  #enterClosing(cause: CloseCause, phase: "answering" | "closing" = "closing"): boolean {
    if (!this.isOpen && !this.takesAnswers) {
      return false;
    }

    this.#cause ??= cause;
    this.#phase = phase;
    this.#phaseSince = this.#context.watch.now;
    this.#reader?.stop();

    return true;
  }

  #destroy(): void {
    if (this.#socket === undefined) {
      // There is no socket whose "close" would follow.
      process.nextTick(() => this.#finish());
    } else {
      this.#socket.destroy();
    }
  }

  #finish(): void {
    if (this.#phase === "closed") {
      return;
    }

    const cause = this.#cause ?? (this.#reader === undefined ? NEVER_OPENED : CLOSED_BY_PEER);
    const fields = { peer: this.remoteDescription };
    const { log, watch } = this.#context;

    this.#phase = "closed";
    watch.delete(this);
    log.write(
      this.#isQuiet ? "debug" : (cause.level ?? "info"),
      cause.kind,
      `connection closed: ${cause.reason}`,
      fields,
    );

    for (const onError of this.#queue.takeAll()) {
      try {
        onError(this.#errorOf(cause));
      } catch (error) {
        log.logger.crit(error, fields);
      }
    }

    this.#context.connectionClosed(this);
  }

  #failLater(onError: SendErrorCallback | undefined, cause: CloseCause): void {
    if (onError !== undefined) {
      process.nextTick(onError, this.#errorOf(cause));
    }
  }

  #errorOf(cause: CloseCause): TransportError {
    const peer = `${this.transport.toUpperCase()} ${this.remoteDescription}`;

    return new TransportError(`cannot send to ${peer}: ${cause.reason}`, cause.failure);
  }
}
