/** What was seen when, printed as it happens. */
export class Timeline {
  readonly #begun = Date.now();

  /** Returns the moment, in epoch milliseconds. */
  note(text: string): number {
    const at = Date.now();
    const seconds = ((at - this.#begun) / 1000).toFixed(1).padStart(7);
    console.log(`${new Date(at).toISOString().slice(11, 19)} ${seconds} s  ${text}`);
    return at;
  }
}
