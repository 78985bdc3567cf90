import { isNotConnectionError } from 'bullmq';
import type { Outage } from '../app/outage.ts';
import { isShutOut } from '../redis/connection.ts';

/** How a part of the queues reaches Redis, and who hears of it. */
export interface Reach {
  readonly redisUrl: string;
  readonly outage: Outage;
  /** Whatever is no lost connection. */
  readonly onError: (error: Error) => void;
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
