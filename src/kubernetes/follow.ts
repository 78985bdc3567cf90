import { setImmediate as turn } from 'node:timers/promises';
import { createBell } from '../app/bell.ts';
import { ApiError, hasCode, NoAnswer } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { type Collection, list } from './collection.ts';
import type { WireObject } from './views/wire.ts';
import { wait } from './wait.ts';

/** One line of a watch (metav1.WatchEvent); an ERROR carries a Status. */
interface WatchEvent<W> {
  readonly type?: string;
  readonly object?: W;
}

interface Known<V> {
  readonly resourceVersion: string | undefined;
  readonly view: V;
}

/** An object under its key; undefined where it is not meant. */
type Entry<V> = readonly [string, Known<V>] | undefined;

/** How one watch ended. */
type Ending =
  /** As the server does in good order: another watch goes on from there. */
  | { readonly kind: 'over'; readonly resourceVersion: string }
  /** What was missed is not known: only a new list tells. */
  | { readonly kind: 'lost' };

/**
 * What `view` makes of every object of the collection: as it is now, then again at each change, several at once where
 * they come faster than they are taken. An object that did not change keeps its view. Lists anew whenever a watch breaks
 * off, falls silent or is told that its history is gone; ends only with the signal (throwing its reason), with
 * ClusterRefused, or with ClusterUnreachable. Of objects that are not meant nothing is kept or told.
 */
export async function* follow<W extends WireObject, V>(
  client: KubeClient,
  collection: Collection,
  view: (object: W) => V,
  signal: AbortSignal,
  isMeant: (object: W) => boolean = () => true,
): AsyncGenerator<readonly V[], never> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const bell = createBell();
  const current = new Current(view, isMeant);
  let failure: unknown;

  async function pump(): Promise<void> {
    try {
      await keepCurrent(client, collection, current, bell.ring, either);
    } catch (error) {
      failure = error;
      bell.ring();
    }
  }

  try {
    void pump();
    for (;;) {
      await bell.next(undefined, either);
      // Events that came in one packet are told together.
      await turn();
      if (failure !== undefined) throw failure;
      yield current.views();
    }
  } finally {
    stop.abort();
  }
}

/** The collection as far as it is known. */
class Current<W extends WireObject, V> {
  readonly #view: (object: W) => V;
  readonly #isMeant: (object: W) => boolean;
  #known = new Map<string, Known<V>>();

  constructor(view: (object: W) => V, isMeant: (object: W) => boolean) {
    this.#view = view;
    this.#isMeant = isMeant;
  }

  views(): readonly V[] {
    return [...this.#known.values()].map(({ view }) => view);
  }

  /** Whether this is another set than the one before. */
  replace(entries: readonly Entry<V>[]): boolean {
    const before = this.#known;
    this.#known = new Map(entries.filter(entry => entry !== undefined));
    return before.size !== this.#known.size || [...this.#known].some(([key, known]) => before.get(key) !== known);
  }

  /** Whether that changes anything. */
  take(type: string | undefined, object: W): boolean {
    const entry = this.entryOf(object);
    const key = keyOf(object);
    if (type === 'DELETED' || !entry) return this.#known.delete(key);
    this.#known.set(...entry);
    return true;
  }

  entryOf(object: W): Entry<V> {
    if (!this.#isMeant(object)) return undefined;
    const key = keyOf(object);
    const known = this.#known.get(key);
    const resourceVersion = object.metadata?.resourceVersion;
    if (known && resourceVersion !== undefined && known.resourceVersion === resourceVersion) return [key, known];
    return [key, { resourceVersion, view: this.#view(object) }];
  }
}

/** Never returns. */
async function keepCurrent<W extends WireObject, V>(
  client: KubeClient,
  collection: Collection,
  current: Current<W, V>,
  changed: () => void,
  signal: AbortSignal,
): Promise<never> {
  const settle = createSettling(signal);
  let first = true;
  for (;;) {
    const entryOf = (object: W) => current.entryOf(object);
    const { items, resourceVersion } = await list<W, Entry<V>>(client, collection, entryOf, signal);
    const differs = current.replace(items);
    if (differs || first) changed();
    first = false;
    let ending: Ending = { kind: 'over', resourceVersion };
    while (ending.kind === 'over') {
      const began = performance.now();
      ending = await watchOnce(client, collection, ending.resourceVersion, { current, changed, signal });
      await settle(performance.now() - began);
    }
  }
}

const SHORT_LIFE_MS = 2_000;
const LONGEST_PAUSE_MS = 5_000;

/** A server that ends every watch at once is asked less and less often. */
function createSettling(signal: AbortSignal): (livedMs: number) => Promise<void> {
  let shortLives = 0;
  return async livedMs => {
    shortLives = livedMs < SHORT_LIFE_MS ? shortLives + 1 : 0;
    if (shortLives > 1) await wait(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** shortLives), signal);
  };
}

interface Watching<W extends WireObject, V> {
  readonly current: Current<W, V>;
  readonly changed: () => void;
  readonly signal: AbortSignal;
}

async function watchOnce<W extends WireObject, V>(
  client: KubeClient,
  collection: Collection,
  from: string,
  { current, changed, signal }: Watching<W, V>,
): Promise<Ending> {
  // Half-dead streams have been seen to hang for ever: a little after the server should have ended it, we do.
  const silence = new AbortController();
  const quietMs = client.watchSeconds * 1_200;
  const timer = setTimeout(() => silence.abort(new NoAnswer('its watch fell silent')), quietMs);
  let resourceVersion = from;
  try {
    const lines = await openWatch(client, collection, from, AbortSignal.any([signal, silence.signal]));
    for await (const line of lines) {
      timer.refresh();
      const { type, object } = parseEvent<W>(line);
      if (type === 'ERROR' || !object) return { kind: 'lost' };
      resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
      if (type === 'BOOKMARK') continue;
      if (current.take(type, object)) changed();
    }
    return { kind: 'over', resourceVersion };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError) return { kind: 'lost' };
    if (!(error instanceof NoAnswer)) throw error;
    client.suspect();
    return { kind: 'lost' };
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Throws ApiError only where the history since `from` is gone (410). The signal ends the stream at any time. */
function openWatch(
  client: KubeClient,
  { path, resource, fieldSelector, labelSelector }: Collection,
  from: string,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const query = {
    watch: 'true',
    resourceVersion: from,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(client.watchSeconds),
    fieldSelector,
    labelSelector,
  };
  return client.call(
    { verb: 'watch', resource, isAnswer: hasCode(410) },
    async options => {
      // The deadline of a try is for the head of the answer; the stream itself goes on.
      const giveUp = new AbortController();
      const onDeadline = () => giveUp.abort(options.signal.reason);
      options.signal.addEventListener('abort', onDeadline, { once: true });
      try {
        return await client.openLines(path, query, AbortSignal.any([signal, giveUp.signal]));
      } finally {
        options.signal.removeEventListener('abort', onDeadline);
      }
    },
    signal,
  );
}

function parseEvent<W>(line: string): WatchEvent<W> {
  try {
    return JSON.parse(line) as WatchEvent<W>;
  } catch (cause) {
    throw new NoAnswer('its watch said something that is no JSON', { cause });
  }
}

function keyOf({ metadata }: WireObject): string {
  return metadata?.uid ?? `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}
