import { Redis } from 'ioredis';
import type { Outage } from '../app/outage.ts';

interface RedisOptions {
  readonly redisUrl: string;
  /** How often a command is tried again on a new connection before it fails; null: until Redis is back. */
  readonly retries: number | null;
  readonly outage: Outage;
}

/**
 * A connection that stands and brings no answer leads to what has vanished: the kernel would try it for a quarter of an hour,
 * with pauses that double up to minutes. Longer than BullMQ blocks for (10 s), shorter than a dead worker's job may lie.
 */
const SILENT_MS = 15_000;

/** Connects at once, and again whenever the connection is lost, at the latest a second after Redis is back. */
export function openRedis({ redisUrl, retries, outage }: RedisOptions): Redis {
  const redis = new Redis(redisUrl, {
    maxRetriesPerRequest: retries,
    retryStrategy: attempt => Math.min(attempt * 100, 1_000),
    // Redis may come up at another address: what still leads to the old one is answered by nobody.
    connectTimeout: 3_000,
    socketTimeout: SILENT_MS,
  });
  tellOf(redis, outage);
  return redis;
}

/** A further connection like this one, for whoever listens: that one can do nothing else. */
export function openEars(redis: Redis, outage: Outage): Redis {
  const ears = redis.duplicate({ autoResubscribe: false });
  tellOf(ears, outage);
  return ears;
}

function tellOf(redis: Redis, outage: Outage): void {
  const line = outage.line();
  redis.on('error', line.lost);
  redis.on('ready', line.back);
}

/** Redis has no other code for its errors than the word that they begin with (redis.io: RESP, "Simple errors"). */
const SHUT_OUT = /^(WRONGPASS|NOAUTH) /;

/** Whether Redis is there and does not let us in. Such a connection is no better than a lost one: it is tried again. */
export function isShutOut({ message }: Error): boolean {
  return SHUT_OUT.test(message);
}
