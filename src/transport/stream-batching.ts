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
 * The `highWaterMark` of a socket that is to be batched. While it is read by
 * "readable", the runtime stops reading with each chunk, and goes on only when
 * `read` finds nothing: with another one, or paused, it would read one more, and
 * have code run for it.
 */
export const BATCHED_HIGH_WATER_MARK = 0;

/** By how much a short timer is late: the interval is not to be longer for it. */
const CLOCK_SLACK_MS = 1;

/** The runtime reads no more than that at once: there may be more. */
const FULL_CHUNK_BYTES = 65_536;

/**
 * So many bytes of one connection are not held any longer: what is held is not
 * to fill what its peer may leave unread (`max_send_buffer`, 64 KiB at least).
 */
const MAX_HELD_BYTES = 32_768;

/** Handles what was read, and returns how many messages it was. */
export type ChunkHandler = (chunk: Buffer) => number;

/** How connections are read and written. */
export interface StreamBatching {
  /** Begins to read from the socket. Once. */
  read(socket: Duplex, handle: ChunkHandler): void;
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
  read: (socket, handle) => {
    socket.on("data", (chunk: Buffer) => {
      socket.cork();
      handle(chunk);
      socket.uncork();
    });
    socket.resume();
  },
  write: (socket, bytes, onWritten) => {
    socket.write(bytes, onWritten);

    if (socket.writableCorked > 0 && socket.writableLength >= MAX_HELD_BYTES) {
      socket.uncork();
      socket.cork();
    }
  },
};

/** A connection as it is read: by "data", which costs least, or while it is busy by "readable" too. */
interface Batched {
  readonly socket: Duplex;
  /** In this interval. */
  messages: number;
  /** Of "readable"; defined while it is busy. */
  onReadable: (() => void) | undefined;
  /** All that was there has been read, and nothing more is until the interval ends. */
  isHeld: boolean;
}

class IntervalBatching implements StreamBatching {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #afterTurn: (callback: () => void) => void;
  /** Those that were read from in this interval. */
  readonly #batched = new Set<Batched>();
  #isInterval = false;
  #intervalStartMs = 0;
  /** What they write waits for the end of the turn. */
  readonly #held = new Set<Duplex>();
  #isTurnWatched = false;

  constructor({ clock, delayMs, afterTurn = setImmediate }: StreamBatchingOptions) {
    this.#clock = clock;
    this.#intervalMs = delayMs;
    this.#afterTurn = afterTurn;
  }

  read(socket: Duplex, handle: ChunkHandler): void {
    const batched: Batched = { socket, messages: 0, onReadable: undefined, isHeld: false };

    socket.on("data", (chunk: Buffer) => {
      if (!this.#batched.has(batched)) {
        this.#batched.add(batched);
        this.#beginInterval();
      }

      batched.isHeld =
        batched.onReadable !== undefined && chunk.length < FULL_CHUNK_BYTES && socket.readableLength === 0;
      batched.messages += handle(chunk);
    });
    socket.resume();
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

  #setBusy(batched: Batched, isBusy: boolean): void {
    const { socket, onReadable } = batched;

    if (isBusy && onReadable === undefined) {
      batched.onReadable = () => readBusy(batched);
      socket.on("readable", batched.onReadable);
    } else if (!isBusy && onReadable !== undefined) {
      batched.onReadable = undefined;
      // Then the runtime hands out by "data" alone again.
      socket.off("readable", onReadable);
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
      this.#intervalStartMs = this.#clock.now();
      this.#clock.schedule(Math.max(this.#intervalMs - CLOCK_SLACK_MS, 1), this.#endInterval);
    }
  }

  readonly #endInterval = (): void => {
    const held: Batched[] = [];
    const passedMs = this.#clock.now() - this.#intervalStartMs;

    this.#isInterval = false;

    for (const batched of this.#batched) {
      const limit = batched.onReadable === undefined ? BUSY_RATE : CALM_RATE;
      const isBusy = 1000 * batched.messages >= limit * passedMs && !batched.socket.destroyed;

      this.#setBusy(batched, isBusy);
      batched.messages = 0;

      if (!isBusy) {
        this.#batched.delete(batched);
      }

      if (batched.isHeld) {
        batched.isHeld = false;
        held.push(batched);
      }
    }

    if (this.#batched.size > 0) {
      this.#beginInterval();
    }

    for (const batched of held) {
      readBusy(batched);
    }
  };

  readonly #endTurn = (): void => {
    const held = [...this.#held];

    this.#isTurnWatched = false;
    this.#held.clear();

    for (const socket of held) {
      socket.uncork();
    }
  };
}

/** Reads what is there, which "data" hands out. When that is nothing, the runtime goes on reading. */
function readBusy(batched: Batched): void {
  const { socket } = batched;

  while (!batched.isHeld && !socket.destroyed && socket.read() !== null) {
    // Handled by now.
  }
}
