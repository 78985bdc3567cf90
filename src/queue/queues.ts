import { type JobsOptions, Queue } from 'bullmq';
import type { Notice } from '../app/messages.ts';
import type { Outage } from '../app/outage.ts';
import type { Queues } from '../app/ports.ts';
import { openRedis } from '../redis/connection.ts';
import { exceptLost } from './connection.ts';
import { jobId, nodeQueue, PREFIX, planQueue, runQueue, SLACK_QUEUE } from './names.ts';
import type { RunJob, SlackJob } from './payloads.ts';

export interface ConnectedQueues extends Queues {
  close(): Promise<void>;
}

interface QueueOptions {
  /** How often a command is tried again before it fails; null: until Redis is back. */
  readonly retries: number | null;
  readonly outage: Outage;
  readonly onError: (error: Error) => void;
  /** How often a run that is under way is looked at without an event. */
  readonly tickSeconds?: number;
}

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Work is never given up for an error that passes; steps are idempotent. What is done is kept for a while, so that the
 * same id added again does nothing.
 */
const PATIENT: JobsOptions = {
  attempts: 10_000,
  backoff: { type: 'fixed', delay: 3_000 },
  removeOnComplete: { age: DAY_SECONDS, count: 5_000 },
  removeOnFail: { age: 7 * DAY_SECONDS, count: 1_000 },
};

/** Nobody waits long for the answer to a question. */
const BRIEF: JobsOptions = { ...PATIENT, attempts: 3 };

const TICK = 'tick';

/** The producers' side of all queues. */
export function connectQueues(redisUrl: string, options: QueueOptions): ConnectedQueues {
  const { retries, outage, tickSeconds = 10 } = options;
  const onError = exceptLost(options.onError);
  const connection = openRedis({ redisUrl, retries, outage });
  const open = new Map<string, Queue>();

  function queue(name: string): Queue {
    const known = open.get(name);
    if (known) return known;
    // Event streams are trimmed short: nobody here reads them back.
    const made = new Queue(name, { connection, prefix: PREFIX, streams: { events: { maxLen: 200 } } });
    made.on('error', onError);
    open.set(name, made);
    return made;
  }

  const addRun = (cluster: string, id: string, job: RunJob) =>
    queue(runQueue(cluster)).add(job.kind, job, { ...PATIENT, jobId: id });

  return {
    async ask(ask) {
      await queue(planQueue(ask.cluster)).add('ask', ask, { ...BRIEF, jobId: jobId('ask', ask.id) });
    },
    async listeners(cluster) {
      return await queue(planQueue(cluster)).getWorkersCount();
    },
    async runEvent(cluster, runId, id, event) {
      await addRun(cluster, jobId('event', id), { kind: 'event', runId, event });
    },
    async decided(cluster, planId, decisionId) {
      await addRun(cluster, jobId('decided', planId, decisionId), { kind: 'decided', planId });
    },
    async commanded(command) {
      const { cluster, id } = command.value;
      await addRun(cluster, jobId('command', id), { kind: 'command', command });
    },
    async nodeWork(cluster, job) {
      const { runId, work, attempt } = job;
      const id = jobId('node', runId, work, attempt);
      await queue(nodeQueue(cluster)).add('node', job, { ...PATIENT, jobId: id });
    },
    async notify(id, notice) {
      await queue(SLACK_QUEUE).add(notice.kind, { notice } satisfies SlackJob, { ...PATIENT, ...identity(id, notice) });
    },
    async startTick(cluster, runId) {
      const data: RunJob = { kind: 'event', runId, event: { kind: 'tick' } };
      await queue(runQueue(cluster)).upsertJobScheduler(
        jobId(TICK, runId),
        { every: tickSeconds * 1_000 },
        { name: TICK, data, opts: { ...PATIENT, attempts: 1 } },
      );
    },
    async stopTick(cluster, runId) {
      await queue(runQueue(cluster)).removeJobScheduler(jobId(TICK, runId));
    },
    async close() {
      await Promise.all([...open.values()].map(each => each.close()));
      connection.disconnect();
    },
  };
}

/**
 * A status edit shows the newest state whenever it is made: one that waits is enough, and one more if the state changed
 * while the edit was being made. Everything else is told exactly once.
 */
function identity(id: string, notice: Notice): JobsOptions {
  return notice.kind === 'run-status'
    ? { deduplication: { id: jobId('status', notice.runId), keepLastIfActive: true }, removeOnComplete: true }
    : { jobId: jobId('notice', id) };
}
