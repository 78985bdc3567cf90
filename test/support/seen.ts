/** What came, in its order; `until(n)` resolves as soon as `n` have come. */
export class Seen<T> {
  readonly all: T[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  add(item: T): void {
    this.all.push(item);
    for (const { resolve } of this.#waiting.filter(({ count }) => count <= this.all.length)) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > this.all.length);
  }

  async until(count: number): Promise<readonly T[]> {
    if (this.all.length < count) await new Promise<void>(resolve => this.#waiting.push({ count, resolve }));
    return this.all;
  }

  /** Resolves as soon as this one has come. */
  async untilSeen(item: T): Promise<void> {
    while (!this.all.includes(item)) await this.until(this.all.length + 1);
  }
}
