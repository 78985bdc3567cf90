import { type KubernetesObject, type V1Status, Watch } from '@kubernetes/client-node';
import { type Client, raw } from './client.ts';

export interface WatchEvent {
  readonly type: string;
  readonly object: KubernetesObject & V1Status;
}

type Query = Record<string, string | number | boolean | undefined>;

/** An open watch and what came through it. */
export class Stream {
  readonly events: WatchEvent[] = [];
  /** With undefined where the server ended it in good order. */
  readonly ended: Promise<unknown>;
  readonly #listeners = new Set<() => void>();
  #abort: AbortController | undefined;
  #end: (error: unknown) => void = () => undefined;

  constructor() {
    this.ended = new Promise(resolve => {
      this.#end = error => resolve(error ?? undefined);
    });
  }

  async open({ config }: Client, path: string, query: Query): Promise<this> {
    const add = (type: string, object: WatchEvent['object']) => {
      this.events.push({ type, object });
      for (const listener of this.#listeners) listener();
    };
    this.#abort = await new Watch(config).watch(path, query, add, error => this.#end(error));
    return this;
  }

  /** The events once there are so many of them. */
  async until(count: number): Promise<readonly WatchEvent[]> {
    await new Promise<void>(resolve => {
      const look = () => {
        if (this.events.length < count) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
    return this.events;
  }

  onEvent(listener: () => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    this.#abort?.abort();
  }
}

export function openWatch(client: Client, path: string, query: Query = {}): Promise<Stream> {
  return new Stream().open(client, path, query);
}

const PATIENCE_MS = 25_000;

interface Listed<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/**
 * What `pick` finds among the objects of a collection: looked for in a list, then after every change of a watch that
 * goes on from there, and again where that ends. Rejects with NeverCame where it finds nothing in time.
 */
export async function until<T extends KubernetesObject, R>(
  client: Client,
  path: string,
  pick: (objects: readonly T[]) => R | undefined,
  patienceMs = PATIENCE_MS,
): Promise<R> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { found, objects } = await followOnce(client, path, pick, deadline);
    if (found !== undefined) return found;
    if (Date.now() >= deadline) {
      throw new NeverCame(`${path} never came to what was waited for: ${JSON.stringify(objects)}`);
    }
  }
}

export class NeverCame extends Error {}

/** Looks again for as long as nobody answers, or not in a way that can be believed. */
export async function throughAbsences<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof NotAnswered)) throw error;
    }
  }
}

/** Something else came than what was asked for. */
class NotAnswered extends Error {}

/** One list and one watch, until something is found, the watch ends or it is too late. */
async function followOnce<T extends KubernetesObject, R>(
  client: Client,
  path: string,
  pick: (objects: readonly T[]) => R | undefined,
  deadline: number,
): Promise<{ found: R | undefined; objects: readonly T[] }> {
  const answer = await raw(client, path);
  const text = await answer.body.text();
  if (answer.httpStatusCode !== 200) throw new NotAnswered(`${path} answered ${answer.httpStatusCode}: ${text}`);
  const listed = JSON.parse(text) as Listed<T>;
  const objects = new Map(listed.items.map(item => [keyOf(item), item]));
  let found = pick([...objects.values()]);
  if (found === undefined) {
    const stream = await openWatch(client, path, { resourceVersion: listed.metadata.resourceVersion });
    let seen = 0;
    const look = () => {
      for (; seen < stream.events.length && found === undefined; seen += 1) {
        apply(objects, stream.events[seen]);
        found = pick([...objects.values()]);
      }
      if (found !== undefined) stream.close();
    };
    const timer = setTimeout(() => stream.close(), deadline - Date.now());
    stream.onEvent(look);
    look();
    await stream.ended;
    clearTimeout(timer);
  }
  return { found, objects: [...objects.values()] };
}

export function apply<T extends KubernetesObject>(objects: Map<string, T>, event: WatchEvent | undefined): void {
  if (!event) return;
  const object = event.object as unknown as T;
  if (event.type === 'DELETED') objects.delete(keyOf(object));
  else if (event.type === 'ADDED' || event.type === 'MODIFIED') objects.set(keyOf(object), object);
}

export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}
