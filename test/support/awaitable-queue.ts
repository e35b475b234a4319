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

  /** The next item, as soon as there is one. Rejects when none comes, so that a failing test ends and cleans up. */
  shift(timeoutMs = 5_000): Promise<Item> {
    const item = this.#items.shift();

    if (item !== undefined) {
      return Promise.resolve(item);
    }

    return new Promise((resolve, reject) => {
      const waiting = (late: Item): void => {
        clearTimeout(timer);
        resolve(late);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new Error(`nothing came within ${timeoutMs} ms`));
      }, timeoutMs);

      this.#waiting.push(waiting);
    });
  }
}
