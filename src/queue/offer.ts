import { type Queue, WaitingError, type Worker } from 'bullmq';
import type { JobContext } from './workers.ts';

/**
 * Offers a job to the workers on other nodes. True: one of them goes on with it, and the caller does nothing more about it.
 * False: there is nobody else, or nobody took it when it was offered before.
 */
export type Offer = () => Promise<boolean>;

interface OffersOptions {
  readonly worker: () => Worker;
  readonly queue: Queue;
  /** The node that this process runs on, where it was told. */
  readonly node: string | undefined;
  /** For how long nothing is taken from the queue, so that others take what was offered. */
  readonly offerMs: number;
}

/**
 * Lets a worker pass a job on without a second queue, in which it could be lost: the job goes back to the head of its own,
 * and this worker takes nothing from there for a while. It offers a job once; one that comes back after that while is one
 * that nobody else wants, so no job goes round in circles.
 */
export class Offers {
  readonly #options: OffersOptions;
  /** Ids of jobs that are on offer, and of those that were. */
  readonly #open = new Set<string>();
  readonly #offered = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OffersOptions) {
    this.#options = options;
  }

  /** Lets `act` take its turn with a job, which it may offer to others. */
  async turn({ job, token }: JobContext, act: (offer: Offer) => Promise<void>): Promise<void> {
    const id = job.id ?? '';
    let passedOn = false;
    await act(async () => {
      if (!this.#open.has(id) && (this.#offered.has(id) || !(await this.#othersListen()))) return false;
      await this.#holdBack(id);
      await job.moveToWait(token);
      passedOn = true;
      return true;
    });
    if (passedOn) throw new WaitingError();
  }

  /** Before the worker is closed. */
  close(): void {
    clearTimeout(this.#timer);
  }

  async #othersListen(): Promise<boolean> {
    const { queue, node } = this.#options;
    if (node === undefined) return false;
    const workers = await queue.getWorkers();
    // Workers bear the names of their nodes; one without a name did not say where it is.
    return workers.some(({ rawname = '' }) => !rawname.endsWith(`:w:${node}`));
  }

  /** A connection that waits for a job already may still win one, even the one on offer: then it is put back once more. */
  async #holdBack(id: string): Promise<void> {
    this.#open.add(id);
    this.#offered.add(id);
    await this.#options.worker().pause(true);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#open.clear();
      void this.#options.worker().resume();
    }, this.#options.offerMs);
  }
}
