import type { Server } from 'node:http';
import type { Clock } from '../clock.ts';
import type { ControlLoop } from '../control-loop.ts';
import type { Watches } from './watch.ts';

/**
 * How the API answers: at all; not at all though connections open (hang); by refusing connections; or by 403 to
 * everybody, as a server does whose RBAC is not loaded yet.
 */
export type Reachability = 'up' | 'hang' | 'refuse' | 'forbid';

export interface Absence {
  readonly mode: Exclude<Reachability, 'up'>;
  /** Simulated. */
  readonly seconds: number;
}

const PORT_IN_USE_MS = 20;

/** Stands before the API: lets requests through or keeps them out, for one absence after the other. */
export class Gate {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #loop: ControlLoop;
  readonly #watches: Watches;
  #state: Reachability = 'up';
  #port = 0;
  #changes = 0;
  #swallowed = 0;
  #closed = false;

  constructor(server: Server, clock: Clock, loop: ControlLoop, watches: Watches) {
    this.#server = server;
    this.#clock = clock;
    this.#loop = loop;
    this.#watches = watches;
  }

  get state(): Reachability {
    return this.#state;
  }

  async open(port: number): Promise<number> {
    this.#port = await listen(this.#server, port);
    return this.#port;
  }

  /** Goes through the absences in order, then serves again. A later call ends an earlier one. */
  away(absences: readonly Absence[]): void {
    this.#changes += 1;
    this.#next(absences, this.#changes);
  }

  back(): void {
    this.away([]);
  }

  async close(): Promise<void> {
    this.#changes += 1;
    this.#closed = true;
    if (!this.#server.listening) return;
    await new Promise<void>(resolve => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** Whether a request is to be left without an answer. */
  swallows(): boolean {
    if (this.#state !== 'hang') return false;
    this.#swallowed += 1;
    return true;
  }

  /** How many requests were left without an answer so far. */
  get swallowed(): number {
    return this.#swallowed;
  }

  #next([absence, ...rest]: readonly Absence[], change: number): void {
    if (change !== this.#changes) return;
    void this.#enter(absence?.mode ?? 'up');
    if (absence) this.#clock.after(absence.seconds, () => this.#next(rest, change));
  }

  async #enter(state: Reachability): Promise<void> {
    const before = this.#state;
    if (before === state) return;
    this.#state = state;
    if (isGone(state) && !isGone(before)) this.#loop.hold();
    if (!isGone(state) && isGone(before)) this.#loop.release();
    if (before === 'hang') {
      // Whoever waited is cut off: the server behind the connection is another one now.
      this.#server.closeAllConnections();
      this.#watches.unmute();
    }
    if (state === 'hang') this.#watches.mute();
    if (state === 'refuse') {
      this.#server.close();
      this.#server.closeAllConnections();
    } else if (before === 'refuse') await this.#reopen();
  }

  /** At the same port, which somebody else may hold for a moment: it is one that the system gives away. */
  async #reopen(): Promise<void> {
    while (this.#state !== 'refuse' && !this.#closed) {
      try {
        await listen(this.#server, this.#port);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
        await new Promise(resolve => setTimeout(resolve, PORT_IN_USE_MS));
      }
    }
  }
}

function isGone(state: Reachability): boolean {
  return state === 'hang' || state === 'refuse';
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
