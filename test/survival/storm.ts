import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { jobId, nodeQueue, PREFIX, runQueue } from '../../src/queue/names.ts';
import type { RunState, Step, Work } from '../../src/run/run.ts';
import type { Crew } from './crew.ts';
import { type Moment, STEPS } from './moments.ts';
import { CALM } from './site.ts';

/** `kill`: kill -9. `freeze`: SIGSTOP for longer than a lock lasts, then SIGCONT. */
export type Strike = 'kill' | 'freeze';

interface StormOptions {
  readonly redisUrl: string;
  readonly cluster: string;
  readonly crew: Crew;
  readonly run: RunState;
  readonly strike: Strike;
  readonly lockSeconds: number;
  readonly momentOf: (node: string) => Moment | undefined;
}

/** Whatever a step has taken on no node yet. */
const GUESS_MS = 50;
/** A frozen worker wakes when another has had its job for a while: so many times as long as a lock lasts. */
const FROZEN_LOCKS = 2.5;

/** Strikes the worker that has a node, once for each node, at the node's moment, and sees who goes on when. */
export class Storm {
  /** Nodes that were struck, and how long it took until a worker had the job again. */
  readonly takenOver = new Map<string, number>();
  struck = 0;
  /** Of those, the ones whose worker was through with the node already. */
  late = 0;
  readonly #options: StormOptions;
  readonly #connections: Redis[] = [];
  readonly #nodes: Queue;
  readonly #streams: readonly QueueEvents[];
  readonly #works: ReadonlyMap<string, Work>;
  readonly #usual = new Map<Step, number>();
  readonly #since = new Map<string, { readonly step: Step; readonly at: number }>();
  readonly #struckAt = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: StormOptions) {
    const { redisUrl, cluster, run } = options;
    this.#options = options;
    const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
    this.#connections.push(connection);
    this.#nodes = new Queue(nodeQueue(cluster), { connection, prefix: PREFIX });
    this.#works = new Map(run.works.map(work => [work.key, work]));
    const open = (name: string) => {
      const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
      this.#connections.push(connection);
      return new QueueEvents(name, { connection, prefix: PREFIX });
    };
    const told = open(runQueue(cluster));
    told.on('added', ({ jobId: id }) => this.#told(id));
    const begun = open(nodeQueue(cluster));
    begun.on('active', ({ jobId: id }) => this.#begun(id));
    this.#streams = [told, begun];
  }

  async ready(): Promise<void> {
    await Promise.all(this.#streams.map(stream => stream.waitUntilReady()));
  }

  async end(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#streams.map(stream => stream.close()));
    await this.#nodes.close();
    for (const connection of this.#connections) connection.disconnect();
  }

  /** A worker tells the run of each step before it begins it; a step that is gone through again is told once. */
  #told(id: string): void {
    const found = /^event-.+?-(h\d+-\d+-.+)-1-(\w+)$/.exec(id);
    const work = this.#works.get(found?.[1] ?? '');
    if (work?.phase !== 'kubelet') return;
    const before = this.#since.get(work.node);
    // How long it takes when nothing happens.
    if (before && !this.#struckAt.has(work.node)) this.#learn(before.step, Date.now() - before.at, work);
    const step = STEPS.find(each => each === found?.[2]);
    if (!step) return;
    this.#since.set(work.node, { step, at: Date.now() });
    const moment = this.#options.momentOf(work.node);
    if (moment?.step === step) this.#later(moment.part * (this.#usual.get(step) ?? GUESS_MS), () => this.#strike(work));
  }

  #learn(step: Step, ms: number, { stage, node }: Work): void {
    const known = this.#usual.get(step);
    if (known === undefined || node === CALM) this.#usual.set(step, ms);
    else if (stage === 'workers') this.#usual.set(step, 0.7 * known + 0.3 * ms);
  }

  async #strike(work: Work): Promise<void> {
    const { crew, strike, run, lockSeconds } = this.#options;
    const job = await this.#nodes.getJob(jobId('node', run.id, work.key, 1));
    const name = job?.processedBy;
    if (!job || name === undefined) throw new Error(`Nobody has node ${work.node}.`);
    this.#struckAt.set(work.node, Date.now());
    this.struck += 1;
    if (job.finishedOn !== undefined) this.late += 1;
    crew.signal(name, strike === 'kill' ? 'SIGKILL' : 'SIGSTOP');
    if (strike === 'freeze')
      this.#later(FROZEN_LOCKS * lockSeconds * 1_000, async () => void crew.signal(name, 'SIGCONT'));
  }

  #begun(id: string): void {
    const work = [...this.#works.values()].find(({ key }) => id === jobId('node', this.#options.run.id, key, 1));
    const at = work && this.#struckAt.get(work.node);
    if (work && at !== undefined && !this.takenOver.has(work.node)) this.takenOver.set(work.node, Date.now() - at);
  }

  #later(ms: number, act: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void act();
    }, ms);
    this.#timers.add(timer);
  }
}
