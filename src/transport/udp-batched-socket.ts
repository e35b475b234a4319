/**
 * A UDP socket that reads and writes many datagrams in one system call
 * (native/). What is sent while datagrams are handled leaves together.
 *
 * PERF: in a busy server most of a datagram's cost in `node:dgram` is that of
 * its system calls and of the way to them (docs/performance.md).
 */
import { getSystemErrorName } from "node:util";
import type { BatchedAddon, BatchedHandle } from "./udp-batched-addon.ts";
import { BatchedAddresses } from "./udp-batched-addresses.ts";
import type { Datagram, DatagramSocket, DatagramSocketOptions } from "./udp-socket.ts";

type SendError = (error: Error) => void;

/** Places of the numbers of an entry (struct entry of native/datagram-socket.h). */
const OFFSET = 0;
const LENGTH = 1;
const PORT = 2;
const SCOPE = 3;
const WORD_BYTES = 4;
const FAILED_UNIT = 65_536;

export class BatchedDatagramSocket implements DatagramSocket {
  readonly #addon: BatchedAddon;
  readonly #options: DatagramSocketOptions;
  readonly #maxDelayMs: number;
  readonly #addresses: BatchedAddresses;
  #open: OpenSocket | undefined = undefined;
  /** Entries to send: from `#first` on, up to `#end`. */
  #first = 0;
  #end = 0;
  /** Where the bytes of the next one begin. */
  #nextOffset = 0;
  readonly #callbacks: (SendError | undefined)[];
  #isReceiving = false;
  #isFlushDue = false;
  /** The system took no more: what is left waits until it does. */
  #isBlocked = false;

  /** @param maxDelayMs how long a datagram may wait under load to be read together with others; 0 to 50. */
  constructor(addon: BatchedAddon, options: DatagramSocketOptions, maxDelayMs = 0) {
    this.#addon = addon;
    this.#options = options;
    this.#maxDelayMs = maxDelayMs;
    this.#addresses = new BatchedAddresses(addon, options.ipType === "ipv6");
    this.#callbacks = new Array(addon.layout.sendEntries).fill(undefined);
  }

  get port(): number {
    return this.#open?.port ?? 0;
  }

  async bind(): Promise<void> {
    const { ip, port, receiveBufferBytes = 0, sendBufferBytes = 0, reusePort = false } = this.#options;

    try {
      this.#open = openSocket(
        this.#addon.layout,
        this.#addon.open(
          ip,
          port,
          receiveBufferBytes,
          sendBufferBytes,
          reusePort,
          this.#maxDelayMs,
          this,
          this.#onReadable,
          this.#onWritable,
        ),
      );
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;

      // As node:dgram says it.
      (error as Error).message = `${message} ${code} ${ip}:${port}`;

      throw error;
    }
  }

  send(message: Datagram, ip: string, port: number, onError?: SendError): void {
    const { length } = message;
    const open = this.#open;
    const words = this.#addresses.wordsOf(ip);

    if (open === undefined || words === undefined || !(port > 0 && port < 65_536)) {
      reportLater(onError, systemError(open === undefined ? "EBADF" : "EINVAL", ip, port));

      return;
    }

    if (!this.#hasRoom(length)) {
      this.#flush();

      if (!this.#hasRoom(length)) {
        const { sendBytes } = this.#addon.layout;

        reportLater(onError, systemError(length > sendBytes ? "EMSGSIZE" : "ENOBUFS", ip, port));

        return;
      }
    }

    const { toSend, sendBytes } = open;
    const index = this.#end * open.entryWords;

    if (typeof message === "string") {
      sendBytes.write(message, this.#nextOffset, length, "latin1");
    } else {
      sendBytes.set(message, this.#nextOffset);
    }

    toSend[index + OFFSET] = this.#nextOffset;
    toSend[index + LENGTH] = length;
    toSend[index + PORT] = port;
    toSend[index + SCOPE] = words[0] as number;
    toSend[index + SCOPE + 1] = words[1] as number;

    if (this.#options.ipType === "ipv6") {
      toSend[index + SCOPE + 2] = words[2] as number;
      toSend[index + SCOPE + 3] = words[3] as number;
      toSend[index + SCOPE + 4] = words[4] as number;
    }

    this.#callbacks[this.#end] = onError;
    this.#nextOffset += length;
    this.#end++;

    if (!this.#isReceiving && !this.#isFlushDue && !this.#isBlocked) {
      this.#isFlushDue = true;
      process.nextTick(flushDue, this);
    }
  }

  async close(): Promise<void> {
    const open = this.#open;

    if (open !== undefined) {
      // What was given to `send` before leaves, as it does from node:dgram.
      this.#flush();
      this.#open = undefined;
      this.#addon.close(open.handle);
      this.#first = this.#end = this.#nextOffset = 0;
      this.#callbacks.fill(undefined);
    }
  }

  /** @internal Sends what has been queued in this turn. */
  flushDue(): void {
    this.#isFlushDue = false;
    this.#flush();
  }

  /** @internal The system takes datagrams again. */
  writable(): void {
    this.#isBlocked = false;
    this.#flush();
  }

  #hasRoom(byteCount: number): boolean {
    const { sendEntries, sendBytes } = this.#addon.layout;

    return this.#end < sendEntries && this.#nextOffset + byteCount <= sendBytes;
  }

  readonly #onReadable = (count: number, errno: number): void => {
    const open = this.#open;

    if (open === undefined) {
      return;
    }

    if (errno !== 0) {
      this.#options.onError(systemError(getSystemErrorName(-errno), this.#options.ip, open.port, "recvmmsg"));

      return;
    }

    const { received, receiveBytes, slotBytes, entryWords } = open;

    this.#isReceiving = true;

    try {
      // A callback may close the socket.
      for (let i = 0; i < count && this.#open !== undefined; i++) {
        const index = i * entryWords;
        const start = i * slotBytes;

        this.#options.onDatagram(
          receiveBytes.subarray(start, start + (received[index + LENGTH] as number)),
          this.#addresses.textOf(received, index + SCOPE),
          received[index + PORT] as number,
        );
      }
    } finally {
      this.#isReceiving = false;
      this.#flush();
    }
  };

  readonly #onWritable = (): void => this.writable();

  #flush(): void {
    const open = this.#open;
    const count = this.#end - this.#first;

    if (open === undefined || count === 0 || this.#isBlocked) {
      return;
    }

    const result = this.#addon.send(open.handle, this.#first, count);
    const done = result % FAILED_UNIT;

    if (result >= FAILED_UNIT) {
      this.#reportFailures(open, this.#first + done);
    }

    this.#callbacks.fill(undefined, this.#first, this.#first + done);

    if (done === count) {
      this.#first = this.#end = this.#nextOffset = 0;
    } else {
      this.#first += done;
      this.#isBlocked = true;
    }
  }

  #reportFailures(open: OpenSocket, end: number): void {
    for (let i = this.#first; i < end; i++) {
      const errno = open.sendErrors[i] as number;
      const onError = this.#callbacks[i];

      if (errno !== 0 && onError !== undefined) {
        const index = i * open.entryWords;
        const ip = this.#addresses.textOf(open.toSend, index + SCOPE);
        const port = open.toSend[index + PORT] as number;

        reportLater(onError, systemError(getSystemErrorName(-errno), ip, port));
      }
    }
  }
}

/** The shared memory of a bound socket, by its parts. */
interface OpenSocket {
  readonly handle: object;
  readonly port: number;
  readonly entryWords: number;
  readonly slotBytes: number;
  readonly received: Uint32Array;
  readonly receiveBytes: Buffer;
  readonly toSend: Uint32Array;
  readonly sendErrors: Int32Array;
  readonly sendBytes: Buffer;
}

function openSocket(layout: BatchedAddon["layout"], { handle, port, memory }: BatchedHandle): OpenSocket {
  const entryWords = layout.entryBytes / WORD_BYTES;
  const { receiveSlots, sendEntries, slotBytes } = layout;

  return {
    handle,
    port,
    entryWords,
    slotBytes,
    received: new Uint32Array(memory, layout.receivedOffset, receiveSlots * entryWords),
    receiveBytes: Buffer.from(memory, layout.receiveBytesOffset, receiveSlots * slotBytes),
    toSend: new Uint32Array(memory, layout.toSendOffset, sendEntries * entryWords),
    sendErrors: new Int32Array(memory, layout.sendErrorsOffset, sendEntries),
    sendBytes: Buffer.from(memory, layout.sendBytesOffset, layout.sendBytes),
  };
}

function flushDue(socket: BatchedDatagramSocket): void {
  socket.flushDue();
}

function reportLater(onError: SendError | undefined, error: Error): void {
  if (onError !== undefined) {
    process.nextTick(onError, error);
  }
}

/** As node:dgram makes them. */
function systemError(code: string, ip: string, port: number, syscall = "send"): Error {
  return Object.assign(new Error(`${syscall} ${code} ${ip}:${port}`), { code, syscall, address: ip, port });
}
