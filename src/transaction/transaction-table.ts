/**
 * Transactions by a number that is made of what tells them apart: a hash table whose
 * chains go through the transactions themselves.
 *
 * PERF: V8 looks up each new text in a table of all its texts before it looks
 * for it in a Map, and each message that arrives brings a new text. A Map by
 * number has one more place in memory to go to for each step, and a busy
 * server's table is larger than any cache (benchmarks/calls/calls.ts).
 */
import { randomBytes } from "node:crypto";

/** What a table holds. */
export interface TableEntry {
  readonly tableNumber: number;
  /** For the table alone. */
  nextInTable: TableEntry | undefined;
}

/** A power of two. */
const LEAST_CHAINS = 1024;
/** For each entry; more make the table larger, fewer the way longer. */
const CHAINS_PER_ENTRY = 2;
/** No character of a text, which are one a byte. */
const TEXT_END = 0x100;

export class TransactionTable<Entry extends TableEntry> {
  /** The first entry of each; as many as a power of two. */
  private chains: (TableEntry | undefined)[] = noChains(LEAST_CHAINS);
  /** SECURITY: peers choose branches, and must not choose numbers. */
  private readonly seed = randomBytes(4).readInt32LE();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /**
   * Of what tells transactions apart. SECURITY: of all of it, as far as a peer
   * chooses it, or else thousands could share a number.
   */
  numberOf(branch: string, method = "", host = "", port = 0): number {
    const number = mixNumber(mixText(mixText(mixText(this.seed, branch), method), host), port);

    // PERF: 30 bits are a small integer to V8.
    return number & 0x3fffffff;
  }

  /** The one with this number that `isSame` tells. PERF: `key` is passed on, so that no closure is needed. */
  find<Key>(number: number, isSame: (entry: Entry, key: Key) => boolean, key: Key): Entry | undefined {
    let entry = this.chains[this.chainOf(number)] as Entry | undefined;

    while (entry !== undefined && !(entry.tableNumber === number && isSame(entry, key))) {
      entry = entry.nextInTable as Entry | undefined;
    }

    return entry;
  }

  add(entry: Entry): void {
    if (CHAINS_PER_ENTRY * this.count >= this.chains.length) {
      this.grow();
    }

    const chain = this.chainOf(entry.tableNumber);

    entry.nextInTable = this.chains[chain];
    this.chains[chain] = entry;
    this.count++;
  }

  /** Without effect when it is not there. */
  delete(entry: Entry): void {
    const chain = this.chainOf(entry.tableNumber);
    let previous = this.chains[chain];

    if (previous === entry) {
      this.chains[chain] = entry.nextInTable;
    } else {
      while (previous !== undefined && previous.nextInTable !== entry) {
        previous = previous.nextInTable;
      }

      if (previous === undefined) {
        return;
      }

      previous.nextInTable = entry.nextInTable;
    }

    entry.nextInTable = undefined;
    this.count--;
  }

  /** Each may be taken out when it is told. */
  *values(): Generator<Entry> {
    for (const first of this.chains) {
      for (let entry = first; entry !== undefined; ) {
        const next: TableEntry | undefined = entry.nextInTable;

        yield entry as Entry;
        entry = next;
      }
    }
  }

  private chainOf(number: number): number {
    return number & (this.chains.length - 1);
  }

  private grow(): void {
    const { chains } = this;

    this.chains = noChains(2 * chains.length);

    for (const first of chains) {
      for (let entry = first; entry !== undefined; ) {
        const next = entry.nextInTable;
        const chain = this.chainOf(entry.tableNumber);

        entry.nextInTable = this.chains[chain];
        this.chains[chain] = entry;
        entry = next;
      }
    }
  }
}

function mixText(start: number, text: string): number {
  let number = start;

  for (let i = 0; i < text.length; i++) {
    number = mixNumber(number, text.charCodeAt(i));
  }

  // Where one text ends and the next one begins makes a difference.
  return mixNumber(number, TEXT_END);
}

function mixNumber(number: number, next: number): number {
  const mixed = Math.imul(number ^ next, 0x85ebca6b);

  return mixed ^ (mixed >>> 15);
}

function noChains(count: number): undefined[] {
  return new Array<undefined>(count).fill(undefined);
}
