/**
 * A stream connection on which many messages arrive is read every few
 * milliseconds, as UDP is (`native/addon.c`); any other is read at once. What is
 * sent in one turn of the event loop leaves together at its end.
 *
 * PERF: one waking of the process, one read and one write then serve many
 * messages, here and at the peer (docs/performance.md). `core.batching_delay`
 * says how long the interval is.
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../util/clock.ts";

/** Messages a second, in one interval, from which on a connection is busy in the next one, and remains so. */
const BUSY_RATE = 750;
const CALM_RATE = 375;

/**
 * The `highWaterMark` of a socket that is to be batched: as soon as it is
 * paused and one more chunk has come, the runtime reads no further. At its
 * default it would read on in small pieces, up to 64 KiB.
 */
export const BATCHED_HIGH_WATER_MARK = 1;

/**
 * So many bytes of one connection are not held any longer: what is held is not
 * to fill what its peer may leave unread (`max_send_buffer`, 64 KiB at least).
 */
const MAX_HELD_BYTES = 32_768;

/** How connections are read and written. */
export interface StreamBatching {
  /** To be called before what has been read from the socket is handled. */
  beginRead(socket: Duplex): void;
  /** To be called when it was handled: `messageCount` messages. */
  noteRead(socket: Duplex, messageCount: number): void;
  /** As `socket.write`. */
  write(socket: Duplex, bytes: Uint8Array, onWritten: (error?: Error | null) => void): void;
}

export interface StreamBatchingOptions {
  readonly clock: Clock;
  /** The interval in milliseconds; 0 for none. */
  readonly delayMs: number;
  /** Calls when the events of this turn of the event loop have been handled. Default: `setImmediate`. */
  readonly afterTurn?: ((callback: () => void) => void) | undefined;
}

export function streamBatching(options: StreamBatchingOptions): StreamBatching {
  return options.delayMs > 0 ? new IntervalBatching(options) : DIRECT;
}

/** SECURITY: one write for all that answers a chunk, or else thousands of pings in one would cost as many. All else leaves at once. */
const DIRECT: StreamBatching = {
  beginRead: (socket) => socket.cork(),
  noteRead: (socket) => socket.uncork(),
  write: (socket, bytes, onWritten) => {
    socket.write(bytes, onWritten);

    if (socket.writableCorked > 0 && socket.writableLength >= MAX_HELD_BYTES) {
      socket.uncork();
      socket.cork();
    }
  },
};

/** A connection that was read from in this interval. */
interface Batched {
  messages: number;
  isBusy: boolean;
  /** Nothing is read from the end of this turn on until the interval ends. */
  isPaused: boolean;
}

class IntervalBatching implements StreamBatching {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #afterTurn: (callback: () => void) => void;
  readonly #batched = new Map<Duplex, Batched>();
  #isInterval = false;
  /** What they write waits for the end of the turn. */
  readonly #held = new Set<Duplex>();
  /** What is there of them is read in this turn, and no more. */
  #toPause: Duplex[] = [];
  #isTurnWatched = false;

  constructor({ clock, delayMs, afterTurn = setImmediate }: StreamBatchingOptions) {
    this.#clock = clock;
    this.#intervalMs = delayMs;
    this.#afterTurn = afterTurn;
  }

  /** What is written in a turn is held as it is. */
  beginRead(): void {}

  noteRead(socket: Duplex, messageCount: number): void {
    let batched = this.#batched.get(socket);

    if (batched === undefined) {
      batched = { messages: 0, isBusy: false, isPaused: false };
      this.#batched.set(socket, batched);
      this.#beginInterval();
    }

    batched.messages += messageCount;

    if (batched.isBusy && !batched.isPaused) {
      batched.isPaused = true;
      this.#toPause.push(socket);
      this.#watchTurn();
    }
  }

  /** What is held leaves at the latest when the socket is ended. */
  write(socket: Duplex, bytes: Uint8Array, onWritten: (error?: Error | null) => void): void {
    if (!this.#held.has(socket)) {
      socket.cork();
      this.#held.add(socket);
      this.#watchTurn();
    }

    socket.write(bytes, onWritten);

    if (socket.writableLength >= MAX_HELD_BYTES) {
      this.#held.delete(socket);
      socket.uncork();
    }
  }

  #watchTurn(): void {
    if (!this.#isTurnWatched) {
      this.#isTurnWatched = true;
      this.#afterTurn(this.#endTurn);
    }
  }

  /** There is none while nothing is read from any connection. */
  #beginInterval(): void {
    if (!this.#isInterval) {
      this.#isInterval = true;
      this.#clock.schedule(this.#intervalMs, this.#endInterval);
    }
  }

  readonly #endInterval = (): void => {
    this.#isInterval = false;

    for (const [socket, batched] of this.#batched) {
      const rate = (1000 * batched.messages) / this.#intervalMs;

      batched.isBusy = rate >= (batched.isBusy ? CALM_RATE : BUSY_RATE) && !socket.destroyed;
      batched.messages = 0;

      if (!batched.isBusy) {
        this.#batched.delete(socket);
      }

      // Last: what has been read already is handled now.
      if (batched.isPaused) {
        batched.isPaused = false;
        socket.resume();
      }
    }

    if (this.#batched.size > 0) {
      this.#beginInterval();
    }
  };

  readonly #endTurn = (): void => {
    const held = [...this.#held];
    const toPause = this.#toPause;

    this.#isTurnWatched = false;
    this.#held.clear();
    this.#toPause = [];

    for (const socket of toPause) {
      // The interval may have ended meanwhile.
      if (this.#batched.get(socket)?.isPaused) {
        socket.pause();
      }
    }

    for (const socket of held) {
      socket.uncork();
    }
  };
}
