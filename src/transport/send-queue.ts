/**
 * What a stream connection has to send and has not sent: the messages that
 * wait for it to open, and afterwards, in order, who is to be told about those
 * that the system has not taken yet.
 */
import type { SendErrorCallback } from "./flow.ts";

interface WaitingMessage {
  readonly bytes: Uint8Array;
  readonly onError: SendErrorCallback | undefined;
}

/** A message that is alone is never too much: its size is limited where it was made. */
export function isTooMuch(waitingBytes: number, messageBytes: number, maxBytes: number): boolean {
  return waitingBytes > 0 && waitingBytes + messageBytes > maxBytes;
}

export class SendQueue {
  #waiting: WaitingMessage[] = [];
  #waitingBytes = 0;
  #written: (SendErrorCallback | undefined)[] = [];

  /** Bytes of the messages that wait for the connection to open. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Keeps a message until the connection is open. */
  wait(bytes: Uint8Array, onError: SendErrorCallback | undefined): void {
    this.#waiting.push({ bytes, onError });
    this.#waitingBytes += bytes.length;
  }

  /** The messages that waited, oldest first, to be written now. */
  takeWaiting(): readonly WaitingMessage[] {
    const waiting = this.#waiting;

    this.#waiting = [];
    this.#waitingBytes = 0;

    return waiting;
  }

  /** A message was handed to the socket, which calls back in the order of writing. */
  noteWritten(onError: SendErrorCallback | undefined): void {
    this.#written.push(onError);
  }

  /** The socket calls back: the oldest write has ended. Returns whom to tell if it failed. */
  takeWritten(): SendErrorCallback | undefined {
    return this.#written.shift();
  }

  /** All who are still to be told, when the connection is gone. */
  takeAll(): readonly SendErrorCallback[] {
    const all = [...this.#written, ...this.takeWaiting().map((message) => message.onError)];

    this.#written = [];

    return all.filter((onError) => onError !== undefined);
  }
}
