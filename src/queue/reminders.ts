import { Queue } from 'bullmq';
import { z } from 'zod';
import { openRedis } from '../redis/connection.ts';
import { exceptLost, type Reach } from './connection.ts';
import { jobId, PREFIX, remindQueue } from './names.ts';
import { closeWorkers, consume } from './workers.ts';

interface RemindersOptions extends Reach {
  readonly cluster: string;
  readonly lockSeconds: number;
  readonly remind: (signal: AbortSignal) => Promise<void>;
  readonly everySeconds?: number;
}

const DAY_SECONDS = 24 * 60 * 60;
const LOOK = 'look';

const look = z.object({ kind: z.literal(LOOK) });

/** Looks once a day whether somebody is to be reminded of something, whichever of the cluster's workers is there. */
export async function startReminders(options: RemindersOptions): Promise<{ stop(): Promise<void> }> {
  const { cluster, lockSeconds, remind, everySeconds = DAY_SECONDS } = options;
  const onError = exceptLost(options.onError);
  // Two connections, because a worker that is closed ends the one that it was given.
  const connection = openRedis({ ...options, retries: null });
  const adding = openRedis({ ...options, retries: null });
  const queue = new Queue(remindQueue(cluster), { connection: adding, prefix: PREFIX });
  queue.on('error', onError);
  const schedule = () =>
    queue.upsertJobScheduler(
      jobId(LOOK, cluster),
      { every: everySeconds * 1_000 },
      // What failed today is looked at again tomorrow.
      { name: LOOK, data: { kind: LOOK }, opts: { attempts: 1, removeOnComplete: true, removeOnFail: 10 } },
    );
  // An emptied Redis forgets schedulers, so it is set at every connection and not only at the first.
  adding.on('ready', () => void schedule().catch(onError));
  const worker = consume({
    name: remindQueue(cluster),
    schema: look,
    connection,
    lockSeconds,
    concurrency: 1,
    onError,
    handle: (_, { signal }) => remind(signal),
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
