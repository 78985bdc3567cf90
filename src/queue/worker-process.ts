import { Queue, type Worker } from 'bullmq';
import type { Ask } from '../app/messages.ts';
import type { NodeJob } from '../app/ports.ts';
import { ask, nodeJob } from '../app/schema/messages.ts';
import type { RunCommand, Signed } from '../approval/decision.ts';
import { openRedis } from '../redis/connection.ts';
import type { RunEvent } from '../run/run.ts';
import { exceptLost, type Reach } from './connection.ts';
import { nodeQueue, PREFIX, planQueue, runQueue } from './names.ts';
import { type Offer, Offers } from './offer.ts';
import { type RunJob, runJob } from './payloads.ts';
import { closeWorkers, consume } from './workers.ts';

/** What one cluster's worker does with what its queues bring. Each may be called again with the same argument. */
export interface WorkerHandlers {
  /** Redis is (again) there, perhaps emptied: what must stand in it is put there again. */
  connected(): Promise<void>;
  answer(ask: Ask, signal: AbortSignal): Promise<void>;
  event(runId: string, event: RunEvent, signal: AbortSignal): Promise<void>;
  decided(planId: string, signal: AbortSignal): Promise<void>;
  commanded(command: Signed<RunCommand>, signal: AbortSignal): Promise<void>;
  node(job: NodeJob, signal: AbortSignal, offer: Offer): Promise<void>;
}

interface WorkerProcessOptions extends Reach {
  readonly cluster: string;
  /** The node that this process runs on, where it was told. */
  readonly node?: string | undefined;
  /** How long a job stays a dead worker's; another goes on after at most four thirds of it. */
  readonly lockSeconds: number;
  readonly handlers: WorkerHandlers;
}

/** Questions are reads and may overlap; the run decides how many nodes are worked on, so its queue sets no limit. */
const ASKS_AT_ONCE = 4;
const NODES_AT_ONCE = 50;

/** Serves the three queues of one cluster until `stop()`, which hands running jobs to other workers. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<{ stop(): Promise<void> }> {
  const { cluster, node, lockSeconds, handlers } = options;
  const onError = exceptLost(options.onError);
  // Two connections, because a worker that is closed ends the one that it was given.
  const connection = openRedis({ ...options, retries: null });
  const adding = openRedis({ ...options, retries: null });
  const common = { connection, lockSeconds, onError };
  const open = (name: string) => {
    const queue = new Queue(name, { connection: adding, prefix: PREFIX });
    queue.on('error', onError);
    return queue;
  };
  const events = open(runQueue(cluster));
  const nodes = open(nodeQueue(cluster));
  const queues = [events, open(planQueue(cluster)), nodes];

  // An emptied Redis forgets limits and schedulers, so both are set at every connection and not only at the first.
  const prepare = async () => {
    await events.setGlobalConcurrency(1);
    await handlers.connected();
  };
  adding.on('ready', () => void prepare().catch(onError));

  const offers = new Offers({ worker: () => onNodes, queue: nodes, node, offerMs: lockSeconds * 1_000 });
  const onNodes: Worker = consume({
    ...common,
    name: nodeQueue(cluster),
    schema: nodeJob,
    concurrency: NODES_AT_ONCE,
    handle: (job, context) => offers.turn(context, offer => handlers.node(job, context.signal, offer)),
    options: node === undefined ? {} : { name: node },
  });
  const workers = [
    onNodes,
    consume({
      ...common,
      name: planQueue(cluster),
      schema: ask,
      concurrency: ASKS_AT_ONCE,
      handle: (payload, { signal }) => handlers.answer(payload, signal),
    }),
    consume({
      ...common,
      name: runQueue(cluster),
      schema: runJob,
      concurrency: 1,
      handle: (payload, { signal }) => dispatch(handlers, payload, signal),
    }),
  ];
  await Promise.all(workers.map(worker => worker.waitUntilReady()));
  return {
    stop: async () => {
      offers.close();
      await closeWorkers(workers, queues);
      await Promise.all(queues.map(queue => queue.close()));
      connection.disconnect();
      adding.disconnect();
    },
  };
}

function dispatch(handlers: WorkerHandlers, job: RunJob, signal: AbortSignal): Promise<void> {
  switch (job.kind) {
    case 'event':
      return handlers.event(job.runId, job.event, signal);
    case 'decided':
      return handlers.decided(job.planId, signal);
    case 'command':
      return handlers.commanded(job.command, signal);
  }
}
