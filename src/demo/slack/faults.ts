/** Answer of the Web API in place of its own. */
export type FaultAnswer =
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'server-error' };

interface Planned {
  readonly answer: FaultAnswer;
  readonly method: string | undefined;
  times: number;
}

/** What can go wrong with Slack, switched on by whoever drives the simulation. */
export class Faults {
  /** Each payload is delivered twice, as Slack does when it believes that the first one was lost. */
  duplicateDeliveries = false;
  #planned: Planned[] = [];
  #down = false;
  readonly #cutConnections: () => void;

  constructor(cutConnections: () => void) {
    this.#cutConnections = cutConnections;
  }

  get down(): boolean {
    return this.#down;
  }

  /** Every connection is cut, none is accepted, and nothing reaches the app. */
  set down(down: boolean) {
    this.#down = down;
    if (down) this.#cutConnections();
  }

  /** The next `times` calls (of `method`, or of any) are answered with 429 and Retry-After. */
  rateLimit(how: { retryAfterSeconds: number; times?: number; method?: string }): void {
    const answer: FaultAnswer = { kind: 'rate-limited', retryAfterSeconds: how.retryAfterSeconds };
    this.#planned.push({ answer, method: how.method, times: how.times ?? 1 });
  }

  /** The next `times` calls (of `method`, or of any) are answered with 500. */
  serverError(how: { times?: number; method?: string } = {}): void {
    this.#planned.push({ answer: { kind: 'server-error' }, method: how.method, times: how.times ?? 1 });
  }

  clear(): void {
    this.down = false;
    this.duplicateDeliveries = false;
    this.#planned = [];
  }

  /** The fault that this call meets, counted down. */
  next(method: string): FaultAnswer | undefined {
    const planned = this.#planned.find(candidate => candidate.method === undefined || candidate.method === method);
    if (planned === undefined) return undefined;
    planned.times -= 1;
    if (planned.times <= 0) this.#planned = this.#planned.filter(candidate => candidate !== planned);
    return planned.answer;
  }
}
