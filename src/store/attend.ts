import type { Redis } from 'ioredis';
import type { Outage } from '../app/outage.ts';

/** Has the connection tell how it fares. */
export function attend(redis: Redis, outage: Outage): void {
  const line = outage.line();
  redis.on('error', line.lost);
  redis.on('ready', line.back);
}
