/**
 * The transactions that have their final response and only wait for what may
 * come again (Timers D, H, I, J, K, L, M). They refuse nobody: past their
 * bound the oldest are ended before their time, those first of which little is
 * left (`FinishedTransaction`): the others still have something to send.
 */
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";
import type { FinishedPart, FinishedUser } from "./finished-batch.ts";
import { FinishedStore } from "./finished-store.ts";
import type { FinishedTransaction } from "./finished-transaction.ts";
import type { TransactionKind } from "./transaction-counts.ts";

export interface LingeringTransaction {
  /** As if its last timer had fired. */
  endEarly(): void;
  /** Neighbours in the list; for the list alone. */
  olderLingering: LingeringTransaction | undefined;
  newerLingering: LingeringTransaction | undefined;
  isLingering: boolean;
}

const LOG_INTERVAL_MS = 10_000;
/** SECURITY: of texts in the stores, for each transaction that is allowed; a message may have 64 kB and more. */
const BYTES_PER_TRANSACTION = 1024;

export class LingeringTransactions {
  private readonly max: number;
  private readonly clock: Clock;
  private readonly logger: Logger;
  /** PERF: a list through the transactions themselves; a Set of so many costs more than a timer of each (benchmarks/proxy/forward-call.ts). */
  private oldest: LingeringTransaction | undefined = undefined;
  private newest: LingeringTransaction | undefined = undefined;
  /** One for each time that they linger: there are two. */
  private readonly stores: FinishedStore[] = [];
  /** The same, by what is in them. */
  private readonly storesByKind = new Map<TransactionKind, FinishedStore>();
  /** Of those in the list. */
  private count = 0;
  private endedEarlyCount = 0;
  private lastLogMs = Number.NEGATIVE_INFINITY;

  /** @param max 1 or more. */
  constructor(max: number, clock: Clock, logger: Logger) {
    this.max = max;
    this.clock = clock;
    this.logger = logger;
  }

  get size(): number {
    return this.count + this.finishedCount;
  }

  /** Those of which little is left. */
  get finishedCount(): number {
    let count = 0;

    for (const store of this.stores) {
      count += store.size;
    }

    return count;
  }

  add(transaction: LingeringTransaction): void {
    transaction.isLingering = true;
    transaction.olderLingering = this.newest;

    if (this.newest === undefined) {
      this.oldest = transaction;
    } else {
      this.newest.newerLingering = transaction;
    }

    this.newest = transaction;
    this.count++;
    // Behind: whoever is told of an end may end this one too.
    this.endSurplus();
  }

  /** Without effect when it is not there. */
  delete(transaction: LingeringTransaction): void {
    if (!transaction.isLingering) {
      return;
    }

    const { olderLingering, newerLingering } = transaction;

    if (olderLingering === undefined) {
      this.oldest = newerLingering;
    } else {
      olderLingering.newerLingering = newerLingering;
    }

    if (newerLingering === undefined) {
      this.newest = olderLingering;
    } else {
      newerLingering.olderLingering = olderLingering;
    }

    transaction.olderLingering = undefined;
    transaction.newerLingering = undefined;
    transaction.isLingering = false;
    this.count--;
  }

  /**
   * Keeps what is left of a transaction, and ends it when its time is over.
   *
   * @param key what tells it from others of its kind and number; its first lines are method and branch.
   * @param text what may have to be sent again.
   * @param user who is told of its end.
   */
  addFinished(
    part: FinishedPart,
    delayMs: number,
    key: string,
    text: string,
    user: FinishedUser | undefined,
  ): FinishedTransaction {
    const transaction = this.storeFor(part.kind, delayMs).add(part, key, text, user);

    this.endSurplus();

    return transaction;
  }

  /** @param keyOf makes of `from` what was given to `addFinished` as `key`. */
  findFinished<From>(
    kind: TransactionKind,
    tableNumber: number,
    keyOf: (from: From) => string,
    from: From,
  ): FinishedTransaction | undefined {
    return this.storesByKind.get(kind)?.find(kind, tableNumber, keyOf, from);
  }

  forEachFinished(callback: (kind: TransactionKind) => void): void {
    for (const store of this.stores) {
      store.forEach(callback);
    }
  }

  /** Forgets those that `addFinished` was given, and their timers. */
  close(): void {
    for (const store of this.stores) {
      store.clear();
    }
  }

  private storeFor(kind: TransactionKind, delayMs: number): FinishedStore {
    let store = this.storesByKind.get(kind);

    if (store === undefined) {
      store = this.stores.find((candidate) => candidate.delayMs === delayMs);

      if (store === undefined) {
        store = new FinishedStore(delayMs, this.clock, this.tellEnd);
        this.stores.push(store);
      }

      this.storesByKind.set(kind, store);
    }

    return store;
  }

  private readonly tellEnd = (user: FinishedUser, transaction: FinishedTransaction): void => {
    try {
      user.transactionTerminated();
    } catch (error) {
      const [method, branch] = transaction.key.split("\n");

      this.logger.crit(error, { method, branch, peer: transaction.flow?.remoteDescription });
    }
  };

  private get hasSurplus(): boolean {
    let bytes = 0;

    for (const store of this.stores) {
      bytes += store.usedBytes;
    }

    return this.size > this.max || bytes > this.max * BYTES_PER_TRANSACTION;
  }

  /** SECURITY: whoever is answered fast must not make this server remember without limit. */
  private endSurplus(): void {
    if (!this.hasSurplus) {
      return;
    }

    do {
      this.endedEarlyCount++;
    } while (this.endOldest() && this.hasSurplus);

    if (this.logger.isEnabled("debug") && this.clock.now() - this.lastLogMs >= LOG_INTERVAL_MS) {
      this.lastLogMs = this.clock.now();
      this.logger.debug("too many finished transactions: the oldest are ended early", {
        endedEarly: this.endedEarlyCount,
      });
    }
  }

  /** False when there is none. */
  private endOldest(): boolean {
    const before = this.size;
    let oldest: FinishedStore | undefined;

    for (const store of this.stores) {
      if (store.size > 0 && (oldest === undefined || (store.oldestMs ?? 0) < (oldest.oldestMs ?? 0))) {
        oldest = store;
      }
    }

    if (oldest?.endOldest() !== true) {
      this.oldest?.endEarly();
    }

    return this.size < before;
  }
}
