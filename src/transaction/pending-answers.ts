/**
 * Counts the transactions that still wait for a final response, in all and
 * the server transactions by source address: for limits, and an orderly stop.
 */
/** How many transactions of one source address wait. */
export interface AddressCount {
  readonly key: string;
  count: number;
}

/** PERF: so many addresses are kept although nothing of theirs waits: most come back soon (benchmarks/proxy/forward-call.ts). */
const MAX_IDLE_ADDRESSES = 1024;

export class PendingAnswers {
  private readonly byAddress = new Map<string, AddressCount>();
  private count = 0;
  private waiters: (() => void)[] = [];

  get size(): number {
    return this.count;
  }

  /** Of that address. */
  sizeOf(addressKey: string): number {
    return this.byAddress.get(addressKey)?.count ?? 0;
  }

  /**
   * @param addressKey undefined for a client transaction, and where addresses are not counted.
   * @returns what `end` is to be given.
   */
  begin(addressKey?: string): AddressCount | undefined {
    this.count++;

    if (addressKey === undefined) {
      return undefined;
    }

    let address = this.byAddress.get(addressKey);

    if (address === undefined) {
      address = { key: addressKey, count: 0 };
      this.byAddress.set(addressKey, address);
    }

    address.count++;

    return address;
  }

  /** Once for each `begin`, with what it returned. */
  end(address?: AddressCount): void {
    this.count--;

    if (address !== undefined) {
      address.count--;

      if (address.count === 0 && this.byAddress.size > MAX_IDLE_ADDRESSES) {
        this.byAddress.delete(address.key);
      }
    }

    if (this.count === 0 && this.waiters.length > 0) {
      const { waiters } = this;

      this.waiters = [];

      for (const resolve of waiters) {
        resolve();
      }
    }
  }

  whenNone(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((resolve) => this.waiters.push(resolve));
  }
}
