/** A list that grows while a test runs, and promises for what is to appear in it. */

interface Waiter<T> {
  readonly isMet: (items: readonly T[]) => boolean;
  readonly resolve: () => void;
}

export class EventLog<T> {
  readonly items: T[] = [];
  #waiters: Waiter<T>[] = [];

  push(item: T): void {
    this.items.push(item);

    const met = this.#waiters.filter((waiter) => waiter.isMet(this.items));

    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));

    for (const waiter of met) {
      waiter.resolve();
    }
  }

  /** Resolves when the list is as wanted; rejects, naming `what`, after ten seconds. */
  async until(what: string, isMet: (items: readonly T[]) => boolean): Promise<void> {
    if (isMet(this.items)) {
      return;
    }

    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), 10_000);

      this.#waiters.push({
        isMet,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  /** The item at this place, once it is there. */
  async at(index: number): Promise<T> {
    await this.until(`item ${index}`, (items) => items.length > index);

    return this.items[index] as T;
  }
}
