/** Counts the transactions that still wait for a final response, for an orderly stop. */
export class PendingAnswers {
  private count = 0;
  private waiters: (() => void)[] = [];

  begin(): void {
    this.count++;
  }

  /** Once for each `begin`. */
  end(): void {
    this.count--;

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
