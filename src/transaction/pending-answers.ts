/**
 * Counts the transactions that still wait for a final response, in all and
 * the server transactions by source address: for limits, and an orderly stop.
 */
export class PendingAnswers {
  private readonly byAddress = new Map<string, number>();
  private count = 0;
  private waiters: (() => void)[] = [];

  get size(): number {
    return this.count;
  }

  /** Of that address. */
  sizeOf(addressKey: string): number {
    return this.byAddress.get(addressKey) ?? 0;
  }

  /** @param addressKey undefined for a client transaction, and where addresses are not counted. */
  begin(addressKey?: string): void {
    this.count++;

    if (addressKey !== undefined) {
      this.byAddress.set(addressKey, this.sizeOf(addressKey) + 1);
    }
  }

  /** Once for each `begin`, with the same address. */
  end(addressKey?: string): void {
    this.count--;

    if (addressKey !== undefined) {
      const left = this.sizeOf(addressKey) - 1;

      if (left > 0) {
        this.byAddress.set(addressKey, left);
      } else {
        this.byAddress.delete(addressKey);
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
