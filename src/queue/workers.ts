import {
  type Job,
  type Queue,
  type RedisClient,
  UnrecoverableError,
  WaitingError,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import type { Redis } from 'ioredis';
import type { z } from 'zod';
import { watchLocks } from './lock-watch.ts';
import { PREFIX } from './names.ts';

interface Consumer<T> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  readonly handle: (payload: T, context: JobContext) => Promise<void>;
  readonly connection: Redis;
  readonly lockSeconds: number;
  readonly concurrency: number;
  readonly onError: (error: Error) => void;
  readonly options?: Partial<WorkerOptions>;
}

export interface JobContext {
  /** Aborts when the process stops and when the job's lock is lost: then another worker goes on with it. */
  readonly signal: AbortSignal;
  readonly job: Job;
  readonly token: string;
}

/** When the process stops: so long Redis is waited for, without which no job can be handed back. */
const REDIS_MS = 10_000;
/**
 * And so long what runs, which ends within a second but for what must not be cut off: an eviction that an admission webhook
 * holds up is waited for up to 35 s, and one that was cut off can keep its budget shut for two minutes.
 */
const WORK_MS = 36_000;

/**
 * A worker of one queue. A job whose signal was aborted goes back to the head of its queue; one that cannot be read is
 * set aside as failed; any other error is tried again later.
 */
export function consume<T>(consumer: Consumer<T>): Worker {
  const { name, connection, lockSeconds, concurrency, onError, options } = consumer;
  const lockDuration = lockSeconds * 1_000;
  const isClosing = () => worker.closing !== undefined;
  const worker = new Worker(name, (job, token, signal) => process(consumer, isClosing, job, token, signal), {
    connection,
    prefix: PREFIX,
    concurrency,
    lockDuration,
    // With the lock's own time, the longest wait until another worker goes on with a dead worker's job.
    stalledInterval: Math.max(500, Math.floor(lockDuration / 3)),
    // Every step may rerun: a job is never given up because workers died under it.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    // Pause after an error of Redis; its default would leave a queue idle for 15 s after Redis is back.
    runRetryDelay: 1_000,
    ...options,
  });
  worker.on('error', onError);
  worker.on('failed', (job, error) =>
    onError(new Error(`job ${job?.id} of ${name} failed: ${error.message}`, { cause: error })),
  );
  watchLocks(worker, lockDuration);
  return worker;
}

async function process<T>(
  { schema, handle, name }: Consumer<T>,
  isClosing: () => boolean,
  job: Job,
  token: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (token === undefined || signal === undefined) throw new Error(`job ${job.id} of ${name} came without its lock`);
  const payload = schema.safeParse(job.data);
  if (!payload.success) {
    throw new UnrecoverableError(`job ${job.id} of ${name} cannot be read: ${payload.error.message}`);
  }
  // A closing worker may still win a job from its blocked connection, even the one that it has just handed back.
  if (isClosing()) return handBack(job, token);
  try {
    await handle(payload.data, { signal, job, token });
  } catch (error) {
    // One that waits for others already has been given away.
    if (!signal.aborted || error instanceof WaitingError) throw error;
    return handBack(job, token);
  }
}

async function handBack(job: Job, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

/**
 * Stops fetching, tells running jobs to hand themselves back to their queues, and waits until they have: for at most 36 s,
 * and where Redis is away for at most 10 s. Then their locks run out, and connections that the workers opened themselves go
 * on looking for it until the process ends.
 */
export async function closeWorkers(workers: readonly Worker[], queues: readonly Queue[]): Promise<void> {
  const bound = AbortSignal.timeout(REDIS_MS);
  const closed = Promise.all(workers.map(worker => close(worker, bound))).then(() => Promise.all(queues.map(wake)));
  await Promise.race([closed, patience(workers, bound)]);
}

async function patience(workers: readonly Worker[], bound: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(WORK_MS);
  await end(bound);
  // The other one, which waits for jobs, a worker closes first of all.
  const clients = await Promise.all(workers.map(({ backend }) => backend.client));
  if (clients.every(({ status }) => status === 'ready')) await end(late);
}

function end(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function close(worker: Worker, bound: AbortSignal): Promise<void> {
  // Takes no further job, and waits for none.
  await worker.pause(true);
  worker.cancelAllJobs(STOPPING);
  // A worker that closes while one of its connections looks for Redis waits for an end that never comes.
  for (const client of [await worker.backend.client, await worker.backend.blockingClient]) {
    if (client && client.status !== 'ready') await ready(client, bound);
  }
  const closed = worker.close();
  // What came in between.
  worker.cancelAllJobs(STOPPING);
  await closed;
}

const STOPPING = 'this process stops';

function ready(client: RedisClient, bound: AbortSignal): Promise<void> {
  return Promise.race([new Promise<void>(resolve => client.once('ready', () => resolve())), end(bound)]);
}

/**
 * A job that is handed back wakes one waiting worker, which may have been the very one that closes; the others would
 * find it seconds later. Resuming a queue that is not paused wakes another.
 */
async function wake(queue: Queue): Promise<void> {
  await queue.resume();
}
