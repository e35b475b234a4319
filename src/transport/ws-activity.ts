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
  /** Without a message, ping or pong. */
  readonly idle: number;
  /** From the start of a message, whole or in fragments, to its end. */
  readonly message: number;
  /** From the start to the first SIP message. */
  readonly firstMessage: number;
}

export type ActivityVerdict =
  | "alive"
  | "send-ping"
  | "pong-missing"
  | "idle"
  | "message-unfinished"
  | "first-message-missing";

const NONE = -1;

export class WsActivity {
  /** Tick of the last message, ping or pong, or of the start. */
  #lastTick: number;
  /** Tick of the unanswered ping. */
  #pingTick = NONE;
  /** Tick at which the unfinished message was first seen. */
  #unfinishedTick = NONE;
  /** Tick of the start while the first SIP message is awaited. */
  #awaitedTick: number;

  constructor(now: number, isFirstMessageAwaited = true) {
    this.#lastTick = now;
    this.#awaitedTick = isFirstMessageAwaited ? now : NONE;
  }

  /** A ping or pong has arrived. An unfinished message stays unfinished: pings may come between its fragments. */
  receiveControl(now: number): void {
    this.#lastTick = now;
    this.#pingTick = NONE;
  }

  /** A WebSocket message has arrived whole, whatever is in it. */
  receiveMessage(now: number): void {
    this.receiveControl(now);
    this.#unfinishedTick = NONE;
  }

  /**
   * SIP was received, or user code knows the token by which requests reach the peer. SECURITY: nothing else will do, since
   * keep-alives cost a peer nothing, and would hold a place for ever.
   */
  excuseFirstMessage(): void {
    this.#awaitedTick = NONE;
  }

  /**
   * To be asked once at each tick. "send-ping" notes that the ping is sent.
   *
   * @param isMidMessage whether bytes have come that are no whole message yet.
   */
  judge(now: number, isMidMessage: boolean, ticks: WatchTicks): ActivityVerdict {
    if (!isMidMessage) {
      this.#unfinishedTick = NONE;
    } else if (this.#unfinishedTick === NONE) {
      this.#unfinishedTick = now;
    }

    if (isOver(ticks.message, this.#unfinishedTick, now)) {
      return "message-unfinished";
    }

    if (isOver(ticks.firstMessage, this.#awaitedTick, now)) {
      return "first-message-missing";
    }

    if (isOver(ticks.idle, this.#lastTick, now)) {
      return "idle";
    }

    if (this.#pingTick !== NONE) {
      return isOver(ticks.pong, this.#pingTick, now) ? "pong-missing" : "alive";
    }

    if (isOver(ticks.ping, this.#lastTick, now)) {
      this.#pingTick = now;

      return "send-ping";
    }

    return "alive";
  }
}

function isOver(limit: number, since: number, now: number): boolean {
  return limit !== 0 && since !== NONE && now - since >= limit;
}
