/** Faults of single requests. */
export class RequestFaults {
  #latencyMs = 0;
  #rate = 0;
  #count = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** Every answer comes so many real milliseconds late. */
  delay(milliseconds: number): void {
    this.#latencyMs = milliseconds;
  }

  /** Answers 500 to a share of the requests (0 to 1), or to the next `count` ones. */
  fail({ rate = 0, count = 0 }: { readonly rate?: number; readonly count?: number }): void {
    this.#rate = rate;
    this.#count = count;
  }

  clear(): void {
    this.#latencyMs = 0;
    this.fail({});
  }

  /** Whether this request is to fail. */
  strike(): boolean {
    if (this.#count > 0) {
      this.#count -= 1;
      return true;
    }
    return this.#rate > 0 && this.#random() < this.#rate;
  }
}
