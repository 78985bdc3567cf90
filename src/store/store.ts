import { z } from 'zod';
import type { Outage } from '../app/outage.ts';
import type { PostRecord, Store } from '../app/ports.ts';
import { id } from '../app/schema/common.ts';
import { planRecord } from '../app/schema/plan.ts';
import { baseline, duration, runRecord } from '../app/schema/run.ts';
import type { Duration } from '../plan/estimate.ts';
import { openRedis } from '../redis/connection.ts';
import { createAnnouncements } from './announcements.ts';
import { RedisRecords } from './records.ts';

/** Clusters are upgraded a few times a year; what the last upgrades took is the best that is known. */
const HISTORY_LIFETIME_MS = 400 * 24 * 60 * 60 * 1000;
/** Enough for the newest works of each kind. */
const WORKS_REMEMBERED = 300;

interface HistoryRecord {
  /** Newest first. */
  readonly works: readonly { readonly id: string; readonly duration: Duration }[];
}

const historyRecord: z.ZodType<HistoryRecord> = z.object({ works: z.array(z.object({ id, duration })) });

const postRecord: z.ZodType<PostRecord> = z.object({ channel: z.string(), ts: z.string() });

/** As long as a run, which is forgotten 30 days after its last change, and a work of it for another 30; some kilobytes each. */
const BASELINE_LIFETIME_MS = 60 * 24 * 60 * 60 * 1000;
const NOTE_LIFETIME_MS = 90 * 24 * 60 * 60 * 1000;

export interface ConnectedStore extends Store {
  /** True the first time that this key is asked about within so many seconds, however many processes ask. */
  firstSeen(key: string, seconds: number): Promise<boolean>;
  /** A text that may be lost at any time. */
  note(key: string): { read(): Promise<string | undefined>; write(text: string): Promise<void> };
  close(): Promise<void>;
}

interface StoreOptions {
  /** How often a command is tried again on a new connection before it fails; null: until Redis is back. */
  readonly retries: number | null;
  readonly outage: Outage;
  /** Whatever is no lost connection. */
  readonly onError: (error: Error) => void;
}

/** The memory of plans, runs and posts. Connects at once and again whenever the connection is lost. */
export function connectStore(redisUrl: string, { retries, outage, onError }: StoreOptions): ConnectedStore {
  const redis = openRedis({ redisUrl, retries, outage });
  const runs = new RedisRecords(redis, 'run', runRecord);
  const announcements = createAnnouncements(redis, { outage, onError });
  const histories = new RedisRecords(redis, 'history', historyRecord, HISTORY_LIFETIME_MS);
  const latest = (cluster: string) => `capstan:{${cluster}}:latest-run`;
  return {
    plans: new RedisRecords(redis, 'plan', planRecord),
    runs,
    baselines: new RedisRecords(redis, 'baseline', baseline, BASELINE_LIFETIME_MS),
    posts: new RedisRecords(redis, 'post', postRecord),
    latestRun: async cluster => (await redis.get(latest(cluster))) ?? undefined,
    setLatestRun: async (cluster, runId) => {
      await redis.set(latest(cluster), runId);
    },
    announceRun: runId => announcements.announce(runId),
    followRun: (runId, signal) => announcements.follow(runId, () => runs.get(runId), signal),
    history: async cluster => ((await histories.get(cluster))?.works ?? []).map(work => work.duration),
    remember: async (cluster, workId, took) => {
      const work = { id: workId, duration: took };
      if (await histories.create(cluster, { works: [work] })) return;
      await histories.update(cluster, ({ works }) =>
        works.some(known => known.id === workId) ? undefined : { works: [work, ...works].slice(0, WORKS_REMEMBERED) },
      );
    },
    firstSeen: async (key, seconds) => (await redis.set(`capstan:seen:${key}`, '1', 'EX', seconds, 'NX')) === 'OK',
    note: key => ({
      read: async () => (await redis.get(`capstan:note:${key}`)) ?? undefined,
      write: async text => {
        await redis.set(`capstan:note:${key}`, text, 'PX', NOTE_LIFETIME_MS);
      },
    }),
    close: async () => {
      announcements.close();
      redis.disconnect();
    },
  };
}
