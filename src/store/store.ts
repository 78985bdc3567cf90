import { Redis } from 'ioredis';
import { z } from 'zod';
import type { PostRecord, Store } from '../app/ports.ts';
import { planRecord } from '../app/schema/plan.ts';
import { runRecord } from '../app/schema/run.ts';
import { RedisRecords } from './records.ts';

const postRecord: z.ZodType<PostRecord> = z.object({ channel: z.string(), ts: z.string() });

export interface ConnectedStore extends Store {
  /** True the first time that this key is asked about within so many seconds, however many processes ask. */
  firstSeen(key: string, seconds: number): Promise<boolean>;
  close(): Promise<void>;
}

interface StoreOptions {
  /** How often a command is tried again on a new connection before it fails; null: until Redis is back. */
  readonly retries: number | null;
  readonly onError: (error: Error) => void;
}

/** The memory of plans, runs and posts. Connects at once and again whenever the connection is lost. */
export function connectStore(redisUrl: string, { retries, onError }: StoreOptions): ConnectedStore {
  const redis = new Redis(redisUrl, {
    maxRetriesPerRequest: retries,
    retryStrategy: attempt => Math.min(attempt * 100, 1_000),
  });
  redis.on('error', onError);
  const latest = (cluster: string) => `capstan:{${cluster}}:latest-run`;
  return {
    plans: new RedisRecords(redis, 'plan', planRecord),
    runs: new RedisRecords(redis, 'run', runRecord),
    posts: new RedisRecords(redis, 'post', postRecord),
    latestRun: async cluster => (await redis.get(latest(cluster))) ?? undefined,
    setLatestRun: async (cluster, runId) => {
      await redis.set(latest(cluster), runId);
    },
    firstSeen: async (key, seconds) => (await redis.set(`capstan:seen:${key}`, '1', 'EX', seconds, 'NX')) === 'OK',
    close: async () => {
      redis.disconnect();
    },
  };
}
