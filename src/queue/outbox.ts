import { DelayedError, Queue, Worker } from 'bullmq';
import type { Delivery } from '../app/delivery.ts';
import type { Notice } from '../app/messages.ts';
import { openRedis } from '../redis/connection.ts';
import { exceptLost, type Reach } from './connection.ts';
import { PREFIX, SLACK_QUEUE } from './names.ts';
import { slackJob } from './payloads.ts';
import { closeWorkers, consume, type JobContext } from './workers.ts';

interface OutboxOptions extends Reach {
  readonly deliver: (notice: Notice) => Promise<Delivery>;
  readonly lockSeconds?: number;
}

/** At most 30 edits of one run's status message in a minute. */
const STATUS_EVERY_MS = 2_000;
/** After an error that nobody planned for, such as a store that cannot be reached. */
const AGAIN_MS = 3_000;

/**
 * Delivers notices one after the other, in the order in which they were made, until `stop()`. While Slack wants a
 * pause the whole queue waits, and the notice stays at its head, so that no later one overtakes it.
 */
export async function startOutbox(options: OutboxOptions): Promise<{ stop(): Promise<void> }> {
  const { deliver, lockSeconds = 30 } = options;
  const onError = exceptLost(options.onError);
  // Two connections, because a worker that is closed ends the one that it was given.
  const connection = openRedis({ ...options, retries: null });
  const adding = openRedis({ ...options, retries: null });
  const queue = new Queue(SLACK_QUEUE, { connection: adding, prefix: PREFIX });
  queue.on('error', onError);
  // With several bots, still one notice at a time.
  adding.on('ready', () => void queue.setGlobalConcurrency(1).catch(onError));
  const edited = new Map<string, number>();

  async function pause(ms: number): Promise<never> {
    await queue.rateLimit(Math.max(1, Math.ceil(ms)));
    throw Worker.RateLimitError();
  }

  async function handle(notice: Notice, context: JobContext): Promise<void> {
    if (notice.kind === 'run-status') await spread(notice.runId, context);
    let delivery: Delivery;
    try {
      delivery = await deliver(notice);
    } catch (error) {
      onError(new Error(`delivering a ${notice.kind} notice failed; it stays first in line`, { cause: error }));
      return pause(AGAIN_MS);
    }
    switch (delivery.kind) {
      case 'done':
        if (notice.kind === 'run-status') edited.set(notice.runId, Date.now());
        return;
      case 'later':
        return pause(delivery.afterMs);
      case 'dropped':
        onError(new Error(`a ${notice.kind} notice was not delivered: ${delivery.why}`));
    }
  }

  /** Puts an edit that follows the last one too closely aside, by this process's own clock. */
  async function spread(runId: string, { job, token }: JobContext): Promise<void> {
    const due = (edited.get(runId) ?? 0) + STATUS_EVERY_MS;
    if (due > Date.now()) {
      await job.moveToDelayed(due, token);
      throw new DelayedError();
    }
  }

  const worker = consume({
    name: SLACK_QUEUE,
    schema: slackJob,
    connection,
    lockSeconds,
    concurrency: 1,
    onError,
    handle: ({ notice }, context) => handle(notice, context),
    // A pause of the queue is obeyed only where a limit is set; this one is out of reach.
    options: { limiter: { max: 1_000, duration: 1_000 } },
  });
  await worker.waitUntilReady();
  return {
    stop: async () => {
      await closeWorkers([worker], [queue]);
      await queue.close();
      connection.disconnect();
      adding.disconnect();
    },
  };
}
