/** What the parts of one server in memory share: time, what was sent, who waits. */

import type { MessageParser } from "../message/message-parser.ts";
import { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { TransportReceiver } from "../transport/transport.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import { closeCodeOf } from "../transport/ws-close-code.ts";
import { ChangeSignal, settle } from "./change-signal.ts";
import type { FakeClock } from "./fake-clock.ts";
import type { MemoryFlow } from "./memory-flow.ts";
import { MemoryWebSocket } from "./memory-web-socket.ts";
import type { RecordingLogger } from "./recording-logger.ts";

/** A message that the server sent. */
export interface SentMessage {
  /** As it was sent. */
  readonly message: SipRequest | SipResponse;
  /** What it was sent over. */
  readonly transport: TransportProtocol;
  /** Where it went; IPv6 without brackets. */
  readonly ip: string;
  /** Port that it went to. */
  readonly port: number;
  /** When, on the clock of the server: milliseconds from its start. */
  readonly atMs: number;
}

export class TestContext {
  readonly clock: FakeClock;
  readonly logger: RecordingLogger;
  readonly parser: MessageParser;
  readonly sent: SentMessage[] = [];
  readonly signal = new ChangeSignal();
  readonly #waitMs: number;
  #receiver: TransportReceiver | undefined = undefined;
  #count = 0;

  constructor(parts: {
    readonly clock: FakeClock;
    readonly logger: RecordingLogger;
    readonly parser: MessageParser;
    readonly waitMs: number;
  }) {
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.parser = parts.parser;
    this.#waitMs = parts.waitMs;
  }

  /** Names who is delivered to. */
  setReceiver(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  /** 1, 2, 3 and so on: for branches, tags and the like, which are the same in each run of a test. */
  nextNumber(): number {
    return ++this.#count;
  }

  /** What the server sent, read as its far side reads it. */
  record(bytes: Uint8Array, flow: MemoryFlow): SipRequest | SipResponse {
    const message = this.parse(bytes);

    this.sent.push({
      message,
      transport: flow.transport,
      ip: flow.remoteIp,
      port: flow.remotePort,
      atMs: this.clock.now(),
    });

    return message;
  }

  /** @throws {ParsingError} for bytes that are no message. */
  parse(bytes: Uint8Array): SipRequest | SipResponse {
    const message = this.parser.parseDatagram(Buffer.from(bytes));

    if (message instanceof ParseFailure) {
      throw message.error;
    }

    return message;
  }

  /** Hands the server what a far side sends. */
  receive(bytes: Buffer, flow: MemoryFlow): void {
    const message = this.parser.parseDatagram(bytes);

    if (!(message instanceof ParseFailure)) {
      this.#receiver?.receiveMessage(message, flow);

      return;
    }

    this.#receiver?.receiveFailure(message, flow);

    if (!(flow instanceof MemoryWebSocket)) {
      flow.close();
    } else if (closeCodeOf(message, bytes) !== undefined) {
      flow.close(closeCodeOf(message, bytes), message.message);
    }
  }

  /** @throws {Error} that tells what the server did instead, after the real time that a test may wait. */
  until<Value>(what: string, find: () => Value | undefined): Promise<Value> {
    return this.signal.until(
      find,
      this.#waitMs,
      () => `no ${what} within ${this.#waitMs} ms\n${this.#story()}`,
    );
  }

  settle(): Promise<void> {
    return settle();
  }

  #story(): string {
    const messages = this.sent.map(
      ({ message, transport, ip, port, atMs }) =>
        `  ${atMs} ms: ${message.toString().split("\r\n", 1)[0]} to ${transport} ${ip} port ${port}`,
    );
    const troubles = this.logger.lines
      .filter(({ level }) => level === "warn" || level === "error" || level === "crit")
      .map(({ level, text }) => `  ${level}: ${text}`);

    return [
      messages.length === 0 ? "the server has sent nothing" : "the server has sent:",
      ...messages,
      ...(troubles.length === 0 ? [] : ["and has logged:", ...troubles]),
    ].join("\n");
  }
}
