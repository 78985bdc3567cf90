/**
 * Runs the simulated components' reconciliations one after another. A key that is enqueued again before its turn runs
 * once. While held (nobody can reach the API server) work piles up and is done afterwards.
 */
export class ControlLoop {
  readonly #due = new Map<string, () => void>();
  #scheduled: NodeJS.Immediate | undefined;
  #holds = 0;
  #stopped = false;

  enqueue(key: string, act: () => void): void {
    if (this.#stopped || this.#due.has(key)) return;
    this.#due.set(key, act);
    this.#schedule();
  }

  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearImmediate(this.#scheduled);
    this.#due.clear();
  }

  #schedule(): void {
    if (this.#scheduled || this.#holds > 0 || this.#stopped || this.#due.size === 0) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      // It may be held since: what is due stays so.
      if (this.#holds === 0) this.#drain();
    });
  }

  /** One round: what is enqueued meanwhile waits for the next, so that HTTP requests get their turn in between. */
  #drain(): void {
    const round = [...this.#due];
    this.#due.clear();
    for (const [, act] of round) act();
    this.#schedule();
  }
}
