/**
 * What is left of finished transactions that end together: their texts in one
 * piece of memory, numbers beside it, and whom they have to do with.
 *
 * PERF: as objects they would be copied twice and then marked again and again
 * by the garbage collector while they linger, for nothing: hardly any is ever
 * asked for (docs/performance.md, benchmarks/proxy/finished-call-memory.ts).
 */
import type { Flow } from "../transport/flow.ts";
import type { ClientTransactionUser } from "./client-transaction.ts";
import type { ServerTransactionUser } from "./server-transaction.ts";
import { TRANSACTION_KINDS, type TransactionKind } from "./transaction-counts.ts";

/** Who is told of what still happens to it. */
export type FinishedUser = ServerTransactionUser | ClientTransactionUser;

/** What is kept of a transaction besides its texts. */
export interface FinishedPart {
  readonly kind: TransactionKind;
  /** Made of what tells it from others by the table of the transactions of its side. */
  readonly tableNumber: number;
  readonly flow: Flow;
  readonly responsesToSourcePort?: boolean;
}

/** How many a batch holds at most, and end in one turn of the event loop, which takes a millisecond or less. A power of two. */
export const BATCH_SIZE = 2048;
const LEAST_ENTRIES = 16;
const LEAST_BYTES = 1024;
/** With texts of so many bytes a batch is full too: its memory is free when all of it have ended. */
const FULL_BYTES = 1_048_576;
const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);

/** Places of the numbers of an entry. */
const ENTRY_WORDS = 6;
const TABLE_NUMBER = 0;
const NEXT_IN_TABLE = 1;
const TEXT_START = 2;
/** Where the text ends. */
const KEY_START = 3;
const KEY_END = 4;
/** 0 once it has ended. */
const KIND = 5;
const KIND_MASK = 7;
const TO_SOURCE_PORT = 8;

export class FinishedBatch {
  readonly startedAtMs: number;
  expiresAtMs = 0;
  /** The next younger one. */
  next: FinishedBatch | undefined = undefined;
  /** How many were added. */
  count = 0;
  /** The oldest one that may not have ended yet. */
  first = 0;
  /** By which `FinishedIndex` knows it. */
  place = 0;
  private byteCount = 0;
  private words: Int32Array<ArrayBuffer>;
  private bytes: Buffer;
  private flows: Flow[] = [];
  private users: (FinishedUser | undefined)[] = [];

  /** @param previous which will hardly have held less. */
  constructor(startedAtMs: number, previous: FinishedBatch | undefined) {
    this.startedAtMs = startedAtMs;
    this.words = new Int32Array(ENTRY_WORDS * Math.max(previous?.count ?? 0, LEAST_ENTRIES));
    this.bytes = Buffer.allocUnsafeSlow(
      Math.min(Math.max(previous?.usedBytes ?? 0, LEAST_BYTES), FULL_BYTES),
    );
  }

  get isFull(): boolean {
    return this.count === BATCH_SIZE || this.byteCount >= FULL_BYTES;
  }

  /** Of the texts of all that were added. */
  get usedBytes(): number {
    return this.byteCount;
  }

  /**
   * Adds one; `isFull` is to be asked before.
   *
   * @param key what tells it from others of its number. One character a byte, as `text`.
   * @param text what may have to be sent again.
   * @returns its index.
   */
  add(part: FinishedPart, key: string, text: string, user: FinishedUser | undefined): number {
    const index = this.count++;
    const at = index * ENTRY_WORDS;
    const { byteCount } = this;
    const keyStart = byteCount + text.length;
    const keyEnd = keyStart + key.length;

    this.makeRoom(at + ENTRY_WORDS, keyEnd);

    const { words } = this;

    this.bytes.write(text + key, byteCount, keyEnd - byteCount, "latin1");
    this.byteCount = keyEnd;
    words[at + TABLE_NUMBER] = part.tableNumber;
    words[at + TEXT_START] = byteCount;
    words[at + KEY_START] = keyStart;
    words[at + KEY_END] = keyEnd;
    words[at + KIND] =
      (TRANSACTION_KINDS.indexOf(part.kind) + 1) | (part.responsesToSourcePort === true ? TO_SOURCE_PORT : 0);
    this.flows.push(part.flow);
    this.users.push(user);

    return index;
  }

  /** @returns who is to be told. */
  end(index: number): FinishedUser | undefined {
    const user = this.users[index];

    this.words[index * ENTRY_WORDS + KIND] = 0;
    this.users[index] = undefined;

    return user;
  }

  /** All have ended: nothing is held any more, whoever still holds the batch. */
  release(): void {
    this.words = NO_WORDS;
    this.bytes = NO_BYTES;
    this.flows = [];
    this.users = [];
  }

  isEnded(index: number): boolean {
    // There is no word where the batch was released.
    return (this.words[index * ENTRY_WORDS + KIND] ?? 0) === 0;
  }

  /** Of one that has not ended. */
  kindOf(index: number): TransactionKind {
    return TRANSACTION_KINDS[(this.word(index, KIND) & KIND_MASK) - 1] as TransactionKind;
  }

  responsesToSourcePort(index: number): boolean {
    return (this.word(index, KIND) & TO_SOURCE_PORT) !== 0;
  }

  flowOf(index: number): Flow | undefined {
    return this.flows[index];
  }

  userOf(index: number): FinishedUser | undefined {
    return this.users[index];
  }

  setUser(index: number, user: FinishedUser | undefined): void {
    this.users[index] = user;
  }

  textOf(index: number): string {
    return this.bytes.toString("latin1", this.word(index, TEXT_START), this.word(index, KEY_START));
  }

  keyOf(index: number): string {
    return this.bytes.toString("latin1", this.word(index, KEY_START), this.word(index, KEY_END));
  }

  /** How much its texts take. */
  bytesOf(index: number): number {
    return this.word(index, KEY_END) - this.word(index, TEXT_START);
  }

  tableNumberOf(index: number): number {
    return this.word(index, TABLE_NUMBER);
  }

  /** For `FinishedIndex` alone. */
  nextInTable(index: number): number {
    return this.word(index, NEXT_IN_TABLE);
  }

  setNextInTable(index: number, slot: number): void {
    this.words[index * ENTRY_WORDS + NEXT_IN_TABLE] = slot;
  }

  private word(index: number, which: number): number {
    return this.words[index * ENTRY_WORDS + which] as number;
  }

  private makeRoom(wordCount: number, byteCount: number): void {
    const { words, bytes } = this;

    if (wordCount > words.length) {
      this.words = new Int32Array(2 * words.length);
      this.words.set(words);
    }

    if (byteCount > bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(byteCount, 2 * bytes.length));
      bytes.copy(this.bytes, 0, 0, this.byteCount);
    }
  }
}
