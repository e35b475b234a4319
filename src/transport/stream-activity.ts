/**
 * What is known of one peer's signs of life on a stream, and what its silence
 * calls for. Pure state: no socket, no timer.
 */
import type { StreamLimits } from "./stream-limits.ts";
import type { StreamWatch } from "./stream-watch.ts";

export type StreamVerdict = "alive" | "idle" | "message-unfinished" | "first-message-missing";

const NONE = -1;

export class StreamActivity {
  readonly #openedAt: number;
  #receivedAt: number;
  #messageSince = NONE;
  #isFirstMessageAwaited: boolean;

  /** @param isFirstMessageAwaited true for a connection that a client opened, unless its token is known already. */
  constructor(now: number, isFirstMessageAwaited: boolean) {
    this.#openedAt = now;
    this.#receivedAt = now;
    this.#isFirstMessageAwaited = isFirstMessageAwaited;
  }

  /** A message has arrived whole: what follows it begins another. */
  receiveMessage(): void {
    this.receiveKeepAlive();
    this.excuseFirstMessage();
  }

  /** SIP was received, or user code knows the token by which requests reach the peer. */
  excuseFirstMessage(): void {
    this.#isFirstMessageAwaited = false;
  }

  /** SECURITY: no first message. CRLFs cost a peer nothing, and would hold a place for ever. */
  receiveKeepAlive(): void {
    this.#messageSince = NONE;
  }

  /** Bytes have arrived and were framed; `isMessageUnderWay` tells whether some are left over. */
  receiveBytes(now: number, isMessageUnderWay: boolean): void {
    this.#receivedAt = now;

    if (!isMessageUnderWay) {
      this.#messageSince = NONE;
    } else if (this.#messageSince === NONE) {
      this.#messageSince = now;
    }
  }

  judge(watch: Pick<StreamWatch, "isOver">, limits: StreamLimits): StreamVerdict {
    // SECURITY: counted from the first byte, however the rest trickles in (slowloris).
    if (this.#messageSince !== NONE && watch.isOver(this.#messageSince, limits.messageTimeoutMs)) {
      return "message-unfinished";
    }

    if (this.#isFirstMessageAwaited && watch.isOver(this.#openedAt, limits.firstMessageTimeoutMs)) {
      return "first-message-missing";
    }

    return watch.isOver(this.#receivedAt, limits.idleTimeoutMs) ? "idle" : "alive";
  }
}
