import { Redis } from 'ioredis';

/**
 * Connects at once, and again whenever the connection is lost, at the latest a second after Redis is back.
 * `retries`: how often a command is tried again on a new connection before it fails; null: until Redis is back.
 */
export function openRedis(
  url: string,
  { retries, onError }: { readonly retries: number | null; readonly onError: (error: Error) => void },
): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: retries,
    retryStrategy: attempt => Math.min(attempt * 100, 1_000),
    // Redis may come up at another address: what still leads to the old one is answered by nobody.
    connectTimeout: 3_000,
  });
  redis.on('error', onError);
  return redis;
}
