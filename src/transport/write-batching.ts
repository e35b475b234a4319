/**
 * Messages of a busy stream connection leave together, every few milliseconds,
 * as datagrams are read (`native/addon.c`); on any other connection each leaves at once.
 *
 * PERF: a write to a socket costs as much as all else that is done for its
 * message, and a peer that gets messages together answers them together
 * (docs/performance.md). `core.batching_delay` says how long.
 */
import type { Writable } from "node:stream";
import type { Clock } from "../util/clock.ts";

/** Messages a millisecond, in one interval, from which on a connection is busy in the next one. */
const BUSY_RATE = 2;

/** How what a connection sends gets to its socket. */
export interface StreamWrites {
  /** As `socket.write`. */
  write(socket: Writable, bytes: Uint8Array, onWritten: (error?: Error | null) => void): void;
}

/** @param delayMs the interval; 0 for none. */
export function writesWithin(delayMs: number, clock: Clock): StreamWrites {
  return delayMs > 0 ? new WriteBatching(clock, delayMs) : DIRECT_WRITES;
}

/** Each message leaves at once. */
const DIRECT_WRITES: StreamWrites = {
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
  readonly #intervalMs: number;
  readonly #writers = new Map<Writable, Writer>();
  #isInterval = false;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
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
      this.#clock.schedule(this.#intervalMs, this.#endInterval);
    }
  }

  readonly #endInterval = (): void => {
    this.#isInterval = false;

    for (const [socket, writer] of this.#writers) {
      if (writer.isHeld) {
        socket.uncork();
      }

      writer.isHeld = false;
      writer.isBusy = writer.messages >= BUSY_RATE * this.#intervalMs;
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
