/** What was seen when, printed as it happens. */
export class Timeline {
  readonly #begun = Date.now();
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void = console.log) {
    this.#print = print;
  }

  /** Returns the moment, in epoch milliseconds. */
  note(text: string): number {
    const at = Date.now();
    const seconds = ((at - this.#begun) / 1000).toFixed(1).padStart(7);
    this.#print(`${new Date(at).toISOString().slice(11, 19)} ${seconds} s  ${text}`);
    return at;
  }
}
