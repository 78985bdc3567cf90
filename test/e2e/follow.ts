import { setTimeout as delay } from 'node:timers/promises';
import type { KubernetesObject } from '@kubernetes/client-node';
import { type Client, raw } from '../contract/client.ts';
import { apply, keyOf, openWatch } from '../contract/watching.ts';

/** Between two tries to reach an API server that is away. */
const AGAIN_MS = 100;

interface Listed<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/**
 * Shows a collection as it stands, and again after every change, for as long as the signal lasts and whatever becomes
 * of the API server meanwhile. Throws what `see` throws.
 */
export async function follow<T extends KubernetesObject>(
  client: Client,
  path: string,
  see: (objects: readonly T[]) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const listed = await listOnce<T>(client, path);
    if (listed) await watchOn(client, path, listed, see, signal);
    else await delay(AGAIN_MS);
  }
}

/** undefined where nobody answers, or not in a way that can be believed. */
async function listOnce<T>(client: Client, path: string): Promise<Listed<T> | undefined> {
  try {
    const answer = await raw(client, path);
    const text = await answer.body.text();
    return answer.httpStatusCode === 200 ? (JSON.parse(text) as Listed<T>) : undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function watchOn<T extends KubernetesObject>(
  client: Client,
  path: string,
  { metadata, items }: Listed<T>,
  see: (objects: readonly T[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const objects = new Map(items.map(item => [keyOf(item), item]));
  see([...objects.values()]);
  const stream = await openWatch(client, path, { resourceVersion: metadata.resourceVersion }).catch(() => undefined);
  if (!stream) return;
  const stop = () => stream.close();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let seen = 0;
  let trouble: unknown;
  const look = () => {
    try {
      for (; seen < stream.events.length; seen += 1) {
        apply(objects, stream.events[seen]);
        see([...objects.values()]);
      }
    } catch (error) {
      trouble = error;
      stream.close();
    }
  };
  stream.onEvent(look);
  look();
  await stream.ended;
  signal.removeEventListener('abort', stop);
  if (trouble !== undefined) throw trouble;
}
