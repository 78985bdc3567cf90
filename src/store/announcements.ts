import type { Redis } from 'ioredis';
import { type Bell, createBell } from '../app/bell.ts';
import type { Outage } from '../app/outage.ts';
import { openEars } from '../redis/connection.ts';

export interface Announcements {
  /** Wakes everybody, in every process, who follows this id. */
  announce(id: string): Promise<void>;
  /** What `look` sees now, and again whenever it may be another; ends with the signal. */
  follow<T>(id: string, look: () => Promise<T>, signal: AbortSignal): AsyncIterable<T>;
  close(): void;
}

const CHANNEL = 'capstan:announced:';

/**
 * Says to other processes that a record has changed, so that nobody has to ask again and again. Redis keeps no message for
 * whoever is not listening: who follows looks once it listens, and once more after each connection that was lost.
 */
export function createAnnouncements(
  redis: Redis,
  { outage, onError: tell }: { readonly outage: Outage; readonly onError: (error: Error) => void },
): Announcements {
  const followers = new Map<string, Set<Bell>>();
  let ears: Redis | undefined;
  let closed = false;

  /** What closing breaks off is no error. */
  function onError(error: Error): void {
    if (!closed) tell(error);
  }

  /** A connection that listens can do nothing else. */
  function listen(): Redis {
    if (ears) return ears;
    // What is listened to is said again below, so that it is known when it is heard again.
    ears = openEars(redis, outage);
    ears.on('message', (channel: string) => ring(channel));
    ears.on('ready', () => void listenAgain().catch(onError));
    return ears;
  }
  async function listenAgain(): Promise<void> {
    const channels = [...followers.keys()];
    if (channels.length === 0) return;
    await ears?.subscribe(...channels);
    for (const channel of channels) ring(channel);
  }
  function ring(channel: string): void {
    for (const bell of followers.get(channel) ?? []) bell.ring();
  }
  async function join(channel: string, bell: Bell): Promise<void> {
    followers.set(channel, (followers.get(channel) ?? new Set()).add(bell));
    await listen().subscribe(channel);
  }
  function leave(channel: string, bell: Bell): void {
    const others = followers.get(channel);
    others?.delete(bell);
    if (others?.size !== 0) return;
    followers.delete(channel);
    // Where the connection is away there is nothing to be taken back.
    if (ears?.status === 'ready') void ears.unsubscribe(channel).catch(onError);
  }

  return {
    async announce(id) {
      await redis.publish(`${CHANNEL}${id}`, '');
    },
    async *follow(id, look, signal) {
      const channel = `${CHANNEL}${id}`;
      const bell = createBell();
      try {
        await join(channel, bell);
        for (;;) {
          yield await look();
          await bell.next(undefined, signal);
        }
      } finally {
        leave(channel, bell);
      }
    },
    close() {
      closed = true;
      ears?.disconnect();
    },
  };
}
