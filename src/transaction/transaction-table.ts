/**
 * Transactions by a number that is made of their branch.
 *
 * PERF: V8 looks up each new text in a table of all its texts before it looks
 * for it in a Map. That costs more than the rest of the search, and each
 * message that arrives brings a new text (benchmarks/calls/calls.ts).
 */
import { randomBytes } from "node:crypto";

/** What a table holds. Those of the same number are a list. */
export interface TableEntry {
  readonly tableNumber: number;
  /** For the table alone. */
  nextInTable: TableEntry | undefined;
}

export class TransactionTable<Entry extends TableEntry> {
  private readonly byNumber = new Map<number, Entry>();
  /** SECURITY: peers choose branches, and must not choose numbers. */
  private readonly seed = randomBytes(4).readInt32LE();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Of a branch, or of another text that tells transactions apart. */
  numberOf(text: string): number {
    let number = this.seed;

    for (let i = 0; i < text.length; i++) {
      number = Math.imul(number ^ text.charCodeAt(i), 0x85ebca6b);
      number ^= number >>> 15;
    }

    // PERF: 30 bits are a small integer to V8.
    return number & 0x3fffffff;
  }

  /** The one with this number that `isSame` tells. PERF: `key` is passed on, so that no closure is needed. */
  find<Key>(number: number, isSame: (entry: Entry, key: Key) => boolean, key: Key): Entry | undefined {
    let entry = this.byNumber.get(number);

    while (entry !== undefined && !isSame(entry, key)) {
      entry = entry.nextInTable as Entry | undefined;
    }

    return entry;
  }

  add(entry: Entry): void {
    entry.nextInTable = this.byNumber.get(entry.tableNumber);
    this.byNumber.set(entry.tableNumber, entry);
    this.count++;
  }

  /** Puts one in the place of another of the same number, which is there. */
  replace(entry: Entry, by: Entry): void {
    let previous: TableEntry | undefined = this.byNumber.get(entry.tableNumber);

    if (previous === entry) {
      this.byNumber.set(entry.tableNumber, by);
    } else {
      while (previous !== undefined && previous.nextInTable !== entry) {
        previous = previous.nextInTable;
      }

      if (previous !== undefined) {
        previous.nextInTable = by;
      }
    }

    by.nextInTable = entry.nextInTable;
    entry.nextInTable = undefined;
  }

  /** Without effect when it is not there. */
  delete(entry: Entry): void {
    const { tableNumber, nextInTable } = entry;
    let previous: TableEntry | undefined = this.byNumber.get(tableNumber);

    if (previous === entry) {
      if (nextInTable === undefined) {
        this.byNumber.delete(tableNumber);
      } else {
        this.byNumber.set(tableNumber, nextInTable as Entry);
      }
    } else {
      while (previous !== undefined && previous.nextInTable !== entry) {
        previous = previous.nextInTable;
      }

      if (previous === undefined) {
        return;
      }

      previous.nextInTable = nextInTable;
    }

    entry.nextInTable = undefined;
    this.count--;
  }

  *values(): Generator<Entry> {
    for (const first of this.byNumber.values()) {
      for (
        let entry: Entry | undefined = first;
        entry !== undefined;
        entry = entry.nextInTable as Entry | undefined
      ) {
        yield entry;
      }
    }
  }
}
