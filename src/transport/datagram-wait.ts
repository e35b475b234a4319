/**
 * When and how long the thread waits for datagrams, so that those which come
 * meanwhile are read together: what `native/addon.c` does with a timer of its
 * own, for the sockets of `node:dgram`.
 *
 * PERF: each waking of the process costs as much as one or two calls, and one
 * now serves many datagrams: at 1,000 calls a second a call costs nearly a
 * third less CPU (benchmarks/calls/calls.ts).
 *
 * Node.js cannot pause reading a datagram socket, and wakes for each datagram
 * as long as it listens for any. So nothing less than the thread waits, and with
 * it every other socket, connection and timer of the process: each may be late
 * by the delay. That is why it waits under load only, never behind a turn that
 * has left something unread, and why what has passed since counts as waited.
 */

/** How long datagrams are counted to tell few from many, in milliseconds. */
const RATE_WINDOW_MS = 32;

/** Datagrams a second from which on they are many, and below which they are few again. */
const BUSY_RATE = 750;
const CALM_RATE = 375;

/** libuv reads so many datagrams of a socket in one turn: when as many were read, more may be there. */
const MAX_READ_IN_TURN = 32;

/** PERF: a shorter wait brings hardly any datagrams together, and is a system call (benchmarks/calls/calls.ts). */
const SHORTEST_WAIT_MS = 0.3;

export interface DatagramWaitOptions {
  /** How long a datagram may wait to be read, in milliseconds; more than 0. */
  readonly maxDelayMs: number;
  /** Milliseconds from a fixed point. Default: `performance.now`. */
  readonly now?: () => number;
  /** Stops the thread for so many milliseconds. Default: `Atomics.wait`. */
  readonly wait?: (ms: number) => void;
  /** Calls when the events of this turn of the event loop have been handled. Default: `setImmediate`. */
  readonly afterTurn?: (callback: () => void) => void;
}

/** One for all sockets of the process: it has one thread, which is to wait once a turn. */
export class DatagramWait {
  readonly #maxDelayMs: number;
  readonly #now: () => number;
  readonly #wait: (ms: number) => void;
  readonly #afterTurn: (callback: () => void) => void;
  #readInTurn = 0;
  #isBusy = false;
  #readInWindow = 0;
  #windowStartMs: number;
  /** Until when the last wait was, or would have been had there been time for it. */
  #lastEndMs: number;

  constructor({ maxDelayMs, now, wait = stopThread, afterTurn = setImmediate }: DatagramWaitOptions) {
    this.#maxDelayMs = maxDelayMs;
    this.#now = now ?? (() => performance.now());
    this.#wait = wait;
    this.#afterTurn = afterTurn;
    this.#windowStartMs = this.#now();
    this.#lastEndMs = this.#windowStartMs;
  }

  /** To be called for each datagram that is read. */
  noteDatagram(): void {
    this.#readInTurn++;

    if (this.#readInTurn === 1) {
      this.#afterTurn(this.#endTurn);
    }
  }

  readonly #endTurn = (): void => {
    const read = this.#readInTurn;
    const nowMs = this.#now();

    this.#readInTurn = 0;
    this.#measureRate(read, nowMs);

    if (!this.#isBusy || read >= MAX_READ_IN_TURN) {
      return;
    }

    const leftMs = this.#lastEndMs + this.#maxDelayMs - nowMs;

    if (leftMs < SHORTEST_WAIT_MS) {
      this.#lastEndMs = nowMs;

      return;
    }

    this.#wait(leftMs);
    this.#lastEndMs = this.#now();
  };

  #measureRate(read: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#windowStartMs;

    this.#readInWindow += read;

    if (elapsedMs >= RATE_WINDOW_MS) {
      this.#isBusy = 1000 * this.#readInWindow >= elapsedMs * (this.#isBusy ? CALM_RATE : BUSY_RATE);
      this.#readInWindow = 0;
      this.#windowStartMs = nowMs;
    }
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Nobody wakes it: the time ends it. */
function stopThread(ms: number): void {
  Atomics.wait(cell, 0, 0, ms);
}
