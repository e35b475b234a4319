/**
 * Messages of a busy stream connection leave together, every few milliseconds,
 * as datagrams do (`native/addon.c`); on any other connection each leaves at once.
 *
 * PERF: a write to a socket costs as much as all else that is done for its
 * message, and a peer that gets messages together answers them together
 * (docs/performance.md). `core.tcp_batching` switches it off.
 */
import type { Writable } from "node:stream";
import type { Clock } from "../util/clock.ts";

const INTERVAL_MS = 4;
/** Messages in an interval from which on a connection is busy in the next one: 2,000 a second. */
const BUSY_MESSAGES = 8;

/** How what a connection sends gets to its socket. */
export interface StreamWrites {
  /** As `socket.write`. */
  write(socket: Writable, bytes: Uint8Array, onWritten: (error?: Error | null) => void): void;
}

/** Each message leaves at once. */
export const DIRECT_WRITES: StreamWrites = {
  write: (socket, bytes, onWritten) => {
    socket.write(bytes, onWritten);
  },
};

/** What a connection has written in this interval. */
interface Writer {
  messages: number;
  isBusy: boolean;
  /** Its messages wait for the end of the interval. */
  isHeld: boolean;
}

export class WriteBatching implements StreamWrites {
  readonly #clock: Clock;
  readonly #writers = new Map<Writable, Writer>();
  #isInterval = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is held leaves at the latest when the socket is ended. */
  write(socket: Writable, bytes: Uint8Array, onWritten: (error?: Error | null) => void): void {
    let writer = this.#writers.get(socket);

    if (writer === undefined) {
      writer = { messages: 0, isBusy: false, isHeld: false };
      this.#writers.set(socket, writer);
      this.#beginInterval();
    }

    writer.messages++;

    if (writer.isBusy && !writer.isHeld) {
      writer.isHeld = true;
      socket.cork();
    }

    socket.write(bytes, onWritten);
  }

  /** There is none while no connection has written anything. */
  #beginInterval(): void {
    if (!this.#isInterval) {
      this.#isInterval = true;
      this.#clock.schedule(INTERVAL_MS, this.#endInterval);
    }
  }

  readonly #endInterval = (): void => {
    this.#isInterval = false;

    for (const [socket, writer] of this.#writers) {
      if (writer.isHeld) {
        socket.uncork();
      }

      writer.isHeld = false;
      writer.isBusy = writer.messages >= BUSY_MESSAGES;
      writer.messages = 0;

      if (!writer.isBusy) {
        this.#writers.delete(socket);
      }
    }

    if (this.#writers.size > 0) {
      this.#beginInterval();
    }
  };
}
