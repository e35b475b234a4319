/** What came, in order, for a test that waits for it. */
export class AwaitableQueue<Item> {
  readonly #items: Item[] = [];
  readonly #waiting: ((item: Item) => void)[] = [];

  /** Items that nobody has taken yet. */
  get length(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    const waiting = this.#waiting.shift();

    if (waiting === undefined) {
      this.#items.push(item);
    } else {
      waiting(item);
    }
  }

  /** The next item, as soon as there is one. The test runner's time limit is the only one. */
  shift(): Promise<Item> {
    const item = this.#items.shift();

    return item === undefined
      ? new Promise((resolve) => {
          this.#waiting.push(resolve);
        })
      : Promise.resolve(item);
  }
}
