/**
 * Simulated time: a duration of `s` simulated seconds takes `s / speed` real seconds. Time stamps in objects are real
 * ones, so that a client that compares them with its own clock sees what it would see on a real cluster.
 */
export class Clock {
  readonly speed: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #startedAt = Date.now();
  #stopped = false;

  constructor(speed: number) {
    this.speed = speed;
  }

  /** Epoch milliseconds. */
  now(): number {
    return Date.now();
  }

  /** metav1.Time. */
  timestamp(offsetSeconds = 0): string {
    return `${new Date(Date.now() + offsetSeconds * 1_000).toISOString().slice(0, 19)}Z`;
  }

  /** metav1.MicroTime. */
  microTimestamp(): string {
    return `${new Date().toISOString().slice(0, -1)}000Z`;
  }

  /** Simulated seconds since the cluster was started. */
  elapsed(): number {
    return ((Date.now() - this.#startedAt) / 1_000) * this.speed;
  }

  /** Calls `act` after so many simulated seconds; the returned function takes it back. */
  after(seconds: number, act: () => void): () => void {
    if (this.#stopped) return () => undefined;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        act();
      },
      (seconds / this.speed) * 1_000,
    );
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
