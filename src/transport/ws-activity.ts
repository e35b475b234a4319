/**
 * What is known of one peer's signs of life, in ticks of the watch, and what
 * its silence calls for. Pure state: no socket, no timer.
 */

/** The time limits in ticks. 0 is for none. */
export interface WatchTicks {
  /** Silence before a ping. */
  readonly ping: number;
  /** From a ping to any whole frame. */
  readonly pong: number;
  /** Without a whole frame. */
  readonly idle: number;
  /** From the first bytes of a frame to its end. */
  readonly frame: number;
  /** From the start to the first whole frame. */
  readonly firstFrame: number;
}

export type ActivityVerdict =
  | "alive"
  | "send-ping"
  | "pong-missing"
  | "idle"
  | "frame-unfinished"
  | "first-frame-missing";

const NONE = -1;

export class WsActivity {
  /** Tick of the last whole frame, or of the start. */
  #frameTick: number;
  /** Tick of the unanswered ping. */
  #pingTick = NONE;
  /** Tick at which bytes of an unfinished frame were seen. */
  #partialTick = NONE;
  #hasReceived = false;
  #bytesRead: number;

  constructor(now: number, bytesRead: number) {
    this.#frameTick = now;
    this.#bytesRead = bytesRead;
  }

  /** A ping, pong or message has arrived whole. */
  receiveFrame(now: number): void {
    this.#frameTick = now;
    this.#pingTick = NONE;
    this.#partialTick = NONE;
    this.#hasReceived = true;
  }

  /**
   * To be asked once at each tick, with the bytes read from the socket so far.
   * "send-ping" notes that the ping is sent.
   */
  judge(now: number, bytesRead: number, ticks: WatchTicks): ActivityVerdict {
    // Bytes, but no frame in the tick that has just ended: one has begun.
    if (bytesRead !== this.#bytesRead && this.#partialTick === NONE && this.#frameTick < now - 1) {
      this.#partialTick = now;
    }

    this.#bytesRead = bytesRead;

    if (isOver(ticks.frame, this.#partialTick, now)) {
      return "frame-unfinished";
    }

    if (!this.#hasReceived && isOver(ticks.firstFrame, this.#frameTick, now)) {
      return "first-frame-missing";
    }

    if (isOver(ticks.idle, this.#frameTick, now)) {
      return "idle";
    }

    if (this.#pingTick !== NONE) {
      return isOver(ticks.pong, this.#pingTick, now) ? "pong-missing" : "alive";
    }

    if (isOver(ticks.ping, this.#frameTick, now)) {
      this.#pingTick = now;

      return "send-ping";
    }

    return "alive";
  }
}

function isOver(limit: number, since: number, now: number): boolean {
  return limit !== 0 && since !== NONE && now - since >= limit;
}
