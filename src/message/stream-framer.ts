/**
 * Messages out of a byte stream (RFC 3261 sections 7.5 and 18.3, keep-alives
 * of RFC 5626 section 4.4.1). What comes out does not depend on how the
 * stream was cut into chunks.
 */
import { CHAR_CLASS, TOKEN } from "../grammar/char-class.ts";
import { exactContentLength, quickContentLength } from "./framed-content-length.ts";
import type { MessageParser } from "./message-parser.ts";
import { ParseFailure } from "./parse-failure.ts";
import type { SipRequest } from "./sip-request.ts";
import type { SipResponse } from "./sip-response.ts";

const LF = 0x0a;
const CR = 0x0d;
const HEADER_END = Buffer.from("\r\n\r\n", "latin1");
const FIRST_CAPACITY = 4096;

export interface StreamFramerSink {
  receiveMessage(message: SipRequest | SipResponse): void;

  /**
   * A CRLF between messages is reported as soon as it is there, since nothing
   * need follow a pong. When another one comes directly after it, the pair is
   * reported as the "double-crlf" of a ping.
   */
  receiveKeepAlive(kind: "crlf" | "double-crlf"): void;

  /** A message that is refused, but whose end is known: the stream goes on after it. */
  receiveRefusal(failure: ParseFailure): void;

  /** The stream has lost its frame: nothing more is read. */
  receiveFailure(failure: ParseFailure): void;
}

export class StreamFramer {
  private readonly parser: MessageParser;
  private readonly sink: StreamFramerSink;
  /** What was received and not yet consumed is from `start` to `end`. */
  private buffer: Buffer = Buffer.alloc(0);
  private isOwnBuffer = false;
  private start = 0;
  private end = 0;
  /** Up to here there is no end of a header block. */
  private searched = 0;
  /** Length of the message under way once its header block is there; 0 before. */
  private messageLength = 0;
  /** Length of its header block. */
  private blockLength = 0;
  private crlfCount = 0;
  private isStopped = false;

  constructor(parser: MessageParser, sink: StreamFramerSink) {
    this.parser = parser;
    this.sink = sink;
  }

  /** Whether a message has begun and is not complete. */
  get isMessageUnderWay(): boolean {
    return !this.isStopped && this.end > this.start;
  }

  /** Takes the next bytes of the stream, which must not be changed afterwards. */
  push(chunk: Buffer): void {
    if (this.isStopped) {
      return;
    }

    this.append(chunk);

    while (!this.isStopped && this.step()) {
      // Each step consumes a keep-alive or a message, or stops the framer.
    }

    if (this.start === this.end) {
      this.buffer = Buffer.alloc(0);
      this.start = 0;
      this.end = 0;
      this.searched = 0;
    }
  }

  /** Ends the framer: what is pushed from now on is ignored. */
  stop(): void {
    this.isStopped = true;
    this.buffer = Buffer.alloc(0);
    this.start = 0;
    this.end = 0;
  }

  private append(chunk: Buffer): void {
    const held = this.end - this.start;

    if (held === 0) {
      // PERF: most chunks hold whole messages and are never copied (benchmarks/message/message-layer.ts).
      this.buffer = chunk;
      this.isOwnBuffer = false;
      this.start = 0;
      this.end = chunk.length;
      this.searched = 0;

      return;
    }

    const needed = held + chunk.length;

    if (!this.isOwnBuffer || this.end + chunk.length > this.buffer.length) {
      // Doubling, so that a peer who sends byte by byte cannot make this quadratic.
      const isRoomy = this.isOwnBuffer && needed <= this.buffer.length;
      const target = isRoomy ? this.buffer : Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, 2 * needed));

      this.buffer.copy(target, 0, this.start, this.end);
      this.buffer = target;
      this.isOwnBuffer = true;
      this.searched -= this.start;
      this.start = 0;
      this.end = held;
    }

    chunk.copy(this.buffer, this.end);
    this.end += chunk.length;
  }

  /** Consumes one keep-alive or message. Returns false when more bytes are needed. */
  private step(): boolean {
    const available = this.end - this.start;

    if (available === 0) {
      return false;
    }

    if (this.messageLength === 0 && this.searched <= this.start) {
      const first = this.buffer[this.start] as number;

      if (first === CR) {
        return this.stepCrlf(available);
      }

      // SECURITY: what cannot begin a message is refused at its first byte and not collected up to the limit.
      if (((CHAR_CLASS[first] as number) & TOKEN) === 0) {
        return this.fail("not-sip", "no SIP start line", "start-line");
      }

      this.crlfCount = 0;
    }

    if (this.messageLength === 0 && !this.findMessageLength()) {
      return false;
    }

    if (this.isStopped || available < this.messageLength) {
      return false;
    }

    return this.emitMessage(this.messageLength);
  }

  private stepCrlf(available: number): boolean {
    if (available < 2) {
      return false;
    }

    if (this.buffer[this.start + 1] !== LF) {
      return this.fail("not-sip", "no SIP start line", "start-line");
    }

    this.consume(2);
    this.crlfCount++;
    this.sink.receiveKeepAlive(this.crlfCount === 2 ? "double-crlf" : "crlf");
    this.crlfCount %= 2;

    return true;
  }

  /** Looks for the end of the header block. Sets `messageLength` when it is there. */
  private findMessageLength(): boolean {
    const { maxHeaderBlockBytes } = this.parser.limits;
    const from = Math.max(this.start, this.searched - HEADER_END.length + 1);
    const received = this.end === this.buffer.length ? this.buffer : this.buffer.subarray(0, this.end);
    const found = received.indexOf(HEADER_END, from);
    const blockLength = found === -1 ? this.end - this.start : found + HEADER_END.length - this.start;

    this.searched = this.end;

    if (blockLength > maxHeaderBlockBytes) {
      this.fail("drop", "message too large", "maxHeaderBlockBytes");

      return false;
    }

    if (found === -1) {
      return false;
    }

    const quickLength = quickContentLength(this.buffer, this.start, this.start + blockLength);

    return this.takeLengths(blockLength, quickLength === -1 ? this.readBodyLength(blockLength) : quickLength);
  }

  /** Sets `messageLength`, or reports what is wrong. */
  private takeLengths(blockLength: number, bodyLength: number | undefined): boolean {
    this.blockLength = blockLength;

    if (
      bodyLength === undefined ||
      bodyLength > this.parser.limits.maxBodyBytes ||
      blockLength + bodyLength > this.parser.limits.maxMessageBytes
    ) {
      // The parser says what is wrong: a missing, malformed, doubled or too large Content-Length, or a broken header.
      this.emitMessage(blockLength);

      return false;
    }

    this.messageLength = blockLength + bodyLength;

    return true;
  }

  /** As `exactContentLength`, of the message under way. */
  private readBodyLength(blockLength: number): number | undefined {
    const block = this.buffer.subarray(this.start, this.start + blockLength);

    return exactContentLength(block, this.parser.limits.maxHeaderCount);
  }

  private emitMessage(length: number): boolean {
    const bytes = this.buffer.subarray(this.start, this.start + length);
    const result = this.parser.parseStreamMessage(bytes);
    const isFramed = this.messageLength !== 0;

    if (isFramed && !this.isLengthRight(result)) {
      return this.emitByExactLength();
    }

    this.consume(length);
    this.messageLength = 0;
    this.crlfCount = 0;

    if (result instanceof ParseFailure && isFramed && result.disposition !== "not-sip") {
      // One bad message of one user must not cost a trunk all the others.
      this.sink.receiveRefusal(result);

      return true;
    }

    if (result instanceof ParseFailure) {
      this.stop();
      this.sink.receiveFailure(result);

      return false;
    }

    this.sink.receiveMessage(result);

    return true;
  }

  /** Whether the message ends where it was cut. What the parser does not find so is measured again, exactly. */
  private isLengthRight(result: SipRequest | SipResponse | ParseFailure): boolean {
    const bodyLength = this.messageLength - this.blockLength;

    return (
      (!(result instanceof ParseFailure) && result.bodyEnd - result.bodyStart === bodyLength) ||
      this.readBodyLength(this.blockLength) === bodyLength
    );
  }

  /** SECURITY: a peer must not make two elements of one path see different messages. */
  private emitByExactLength(): boolean {
    const bodyLength = this.readBodyLength(this.blockLength);

    this.messageLength = 0;

    return (
      this.takeLengths(this.blockLength, bodyLength) &&
      this.end - this.start >= this.messageLength &&
      this.emitMessage(this.messageLength)
    );
  }

  private consume(length: number): void {
    this.start += length;
    this.searched = this.start;
  }

  private fail(disposition: "not-sip" | "drop", message: string, rule: string): boolean {
    this.stop();
    this.sink.receiveFailure(new ParseFailure({ disposition, message, rule, offset: 0 }));

    return false;
  }
}
