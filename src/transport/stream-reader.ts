/** The receiving side of an open stream connection: bytes to messages, keep-alives and signs of life. */
import type { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { StreamFramer, type StreamFramerSink } from "../message/stream-framer.ts";
import type { CloseCause } from "./close-cause.ts";
import { StreamActivity } from "./stream-activity.ts";
import type { StreamContext, StreamFlow } from "./stream-context.ts";

const INTERNAL_ERROR: CloseCause = { kind: "internal", reason: "internal error", failure: "closed" };
const SLASH = 0x2f;
const DIGIT_2 = 0x32;
const PONG = Buffer.from("\r\n", "latin1");

export class StreamReader implements StreamFramerSink {
  readonly activity: StreamActivity;
  readonly #context: StreamContext;
  readonly #connection: StreamFlow;
  readonly #framer: StreamFramer;
  /** Well-formed messages since `takeMessageCount`. */
  #messageCount = 0;
  /** Requests that have no final response yet; those that nobody answers are counted too. */
  #owedAnswers = 0;

  constructor(context: StreamContext, connection: StreamFlow, isFirstMessageAwaited: boolean) {
    this.#context = context;
    this.#connection = connection;
    this.#framer = new StreamFramer(context.parser, this);
    this.activity = new StreamActivity(context.watch.now, isFirstMessageAwaited);
  }

  get owesAnswers(): boolean {
    return this.#owedAnswers > 0;
  }

  /** A message was sent by the connection. */
  noteSent(bytes: Uint8Array): void {
    if (this.#owedAnswers > 0 && isFinalResponse(bytes)) {
      this.#owedAnswers--;
    }
  }

  /** How many well-formed messages there were since the last call. */
  takeMessageCount(): number {
    const count = this.#messageCount;

    this.#messageCount = 0;

    return count;
  }

  receiveBytes(chunk: Buffer): void {
    try {
      this.#framer.push(chunk);
    } catch (error) {
      this.#logCrit(error);
      this.#connection.end(INTERNAL_ERROR);
    }

    this.activity.receiveBytes(this.#context.watch.now, this.#framer.isMessageUnderWay);
  }

  /** What arrives from now on is read, so that closing does not destroy what was sent, and dropped. */
  stop(): void {
    this.#framer.stop();
  }

  receiveMessage(message: SipRequest | SipResponse): void {
    this.activity.receiveMessage();
    this.#messageCount++;

    if (message.isRequest && (message as SipRequest).method !== "ACK") {
      this.#owedAnswers++;
    }

    try {
      this.#context.receiver.receiveMessage(message, this.#connection);
    } catch (error) {
      this.#logCrit(error);
    }
  }

  receiveKeepAlive(kind: "crlf" | "double-crlf"): void {
    this.activity.receiveKeepAlive();

    // RFC 5626 section 4.4.1: a double CRLF is a ping, a single one its pong.
    if (kind === "double-crlf") {
      this.#connection.send(PONG);
    }
  }

  receiveRefusal(failure: ParseFailure): void {
    const owedAnswers = this.#owedAnswers;

    try {
      this.#context.receiver.receiveFailure(failure, this.#connection);
    } catch (error) {
      this.#logCrit(error);
    }

    // Its answer, if any, is none to a request that was counted.
    this.#owedAnswers = owedAnswers;
  }

  receiveFailure(failure: ParseFailure): void {
    this.receiveRefusal(failure);

    // The stream has lost its frame: nothing of it can be read any more. What came before is not to suffer for it.
    this.#connection.endWhenAnswered({
      kind: "bad-sip",
      reason: `bad SIP message: ${failure.message}`,
      failure: "closed",
    });
  }

  /** SECURITY: what one message breaks must not take down the others' connections. */
  #logCrit(error: unknown): void {
    this.#context.log.logger.crit(error, { peer: this.#connection.remoteDescription });
  }
}

/** "SIP/2.0 2" and above: no method has a slash. */
function isFinalResponse(bytes: Uint8Array): boolean {
  return bytes[3] === SLASH && (bytes[8] ?? 0) >= DIGIT_2;
}
