/**
 * Slack's message timestamps: seconds and six digits, unique in the workspace and always rising, whatever the clock does.
 */
export class Timestamps {
  #last = 0;
  readonly #now: () => number;

  /** `now` gives epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  next(): string {
    this.#last = Math.max(this.#now() * 1000, this.#last + 1);
    const seconds = Math.floor(this.#last / 1_000_000);
    return `${seconds}.${String(this.#last % 1_000_000).padStart(6, '0')}`;
  }
}
