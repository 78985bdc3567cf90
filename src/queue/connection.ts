import { isNotConnectionError } from 'bullmq';
import { Redis } from 'ioredis';
import type { Outage } from '../app/outage.ts';

/** How a part of the queues reaches Redis, and who hears of it. */
export interface Reach {
  readonly redisUrl: string;
  readonly outage: Outage;
  /** Whatever is no lost connection. */
  readonly onError: (error: Error) => void;
}

/**
 * A connection that stands and brings no answer leads to what has vanished: the kernel would try it for a quarter of an hour,
 * with pauses that double up to minutes. Longer than BullMQ blocks for (10 s), shorter than a dead worker's job may lie.
 */
const SILENT_MS = 15_000;

/**
 * Connects at once, and again whenever the connection is lost, at the latest a second after Redis is back.
 * `retries`: how often a command is tried again on a new connection before it fails; null: until Redis is back.
 */
export function openRedis({ redisUrl, outage }: Reach, { retries }: { readonly retries: number | null }): Redis {
  const redis = new Redis(redisUrl, {
    maxRetriesPerRequest: retries,
    retryStrategy: attempt => Math.min(attempt * 100, 1_000),
    // Redis may come up at another address: what still leads to the old one is answered by nobody.
    connectTimeout: 3_000,
    socketTimeout: SILENT_MS,
  });
  const line = outage.line();
  redis.on('error', line.lost);
  redis.on('ready', line.back);
  return redis;
}

/** Redis has no other code for its errors than the word that they begin with (redis.io: RESP, "Simple errors"). */
const SHUT_OUT = /^(WRONGPASS|NOAUTH) /;

/** Whether Redis is there and does not let us in. Such a connection is no better than a lost one: it is tried again. */
export function isShutOut({ message }: Error): boolean {
  return SHUT_OUT.test(message);
}

const LOST: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * BullMQ says again, at each try and for each of its parts, what befalls our connections and the copies that it makes of
 * them. Ours have told it already.
 */
export function exceptLost(onError: (error: Error) => void): (error: Error) => void {
  return error => {
    const isLost = !isNotConnectionError(error) || ('code' in error && LOST.has(error.code));
    if (!isLost && !isShutOut(error)) onError(error);
  };
}
