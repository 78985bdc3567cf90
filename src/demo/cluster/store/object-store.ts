import type { Kinds, KubeObject, ResourceName } from './objects.ts';
import { sameJson } from './same-json.ts';

/** `client` is whoever came over HTTP; `system` are the simulated components. */
export type Actor = 'client' | 'system';

export interface StoreEvent<R extends ResourceName = ResourceName> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: R;
  readonly object: Kinds[R];
  readonly previous: Kinds[R] | undefined;
  readonly revision: number;
  readonly actor: Actor;
}

type Listener = (event: StoreEvent) => void;

/** Events kept per resource, so that a watch can start in the past; older ones answer "too old resource version". */
const HISTORY = 5_000;

interface Table {
  readonly objects: Map<string, KubeObject>;
  readonly listeners: Set<Listener>;
  history: StoreEvent[];
  /** Newest revision that is no longer in the history. */
  compacted: number;
}

/**
 * What etcd is to a cluster: objects under `namespace/name`, one revision counter for all, and a history per resource.
 * Stored objects are never changed in place; whoever reads one may keep it.
 */
export class ObjectStore {
  readonly #tables = new Map<ResourceName, Table>();
  #revision = 1_000;
  #actor: Actor = 'system';

  get revision(): number {
    return this.#revision;
  }

  /** Runs `act`; the events that it causes directly name this actor. */
  as<T>(actor: Actor, act: () => T): T {
    const before = this.#actor;
    this.#actor = actor;
    try {
      return act();
    } finally {
      this.#actor = before;
    }
  }

  get<R extends ResourceName>(resource: R, namespace: string | undefined, name: string): Kinds[R] | undefined {
    return this.#table(resource).objects.get(storeKey(namespace, name)) as Kinds[R] | undefined;
  }

  at<R extends ResourceName>(resource: R, key: string): Kinds[R] | undefined {
    return this.#table(resource).objects.get(key) as Kinds[R] | undefined;
  }

  all<R extends ResourceName>(resource: R): IterableIterator<Kinds[R]> {
    return this.#table(resource).objects.values() as IterableIterator<Kinds[R]>;
  }

  /** Throws where one of that name stands already: callers look first. */
  create<R extends ResourceName>(resource: R, object: Kinds[R]): Kinds[R] {
    const key = keyOf(object);
    if (this.#table(resource).objects.has(key)) throw new Error(`${resource} ${key} exists in the simulated cluster.`);
    return this.#write(resource, key, 'ADDED', object, undefined);
  }

  /** The object after `change` was made to a copy of it; nothing is written where nothing differs. */
  update<R extends ResourceName>(resource: R, key: string, change: (draft: Kinds[R]) => void): Kinds[R] | undefined {
    const previous = this.at(resource, key);
    if (!previous) return undefined;
    const draft = structuredClone(previous);
    change(draft);
    return this.replace(resource, draft);
  }

  /** Writes `object` over the one of its name. A changed `spec` raises the generation. */
  replace<R extends ResourceName>(resource: R, object: Kinds[R]): Kinds[R] {
    const key = keyOf(object);
    const previous = this.at(resource, key);
    if (!previous) throw new Error(`${resource} ${key} is not in the simulated cluster.`);
    // By value: a client may send the fields in another order.
    if (sameJson(previous, object)) return previous;
    const generation = previous.metadata.generation;
    if (generation !== undefined && !sameJson(previous.spec, object.spec)) {
      object.metadata.generation = generation + 1;
    }
    return this.#write(resource, key, isFinished(object) ? 'DELETED' : 'MODIFIED', object, previous);
  }

  remove(resource: ResourceName, key: string): void {
    const previous = this.at(resource, key);
    if (previous) this.#write(resource, key, 'DELETED', structuredClone(previous), previous);
  }

  subscribe<R extends ResourceName>(resource: R, listener: (event: StoreEvent<R>) => void): () => void {
    const { listeners } = this.#table(resource);
    listeners.add(listener as unknown as Listener);
    return () => listeners.delete(listener as unknown as Listener);
  }

  /** Events after `revision`, or undefined where they are no longer kept. */
  since(resource: ResourceName, revision: number): readonly StoreEvent[] | undefined {
    const { history, compacted } = this.#table(resource);
    if (revision < compacted) return undefined;
    return history.slice(history.findLastIndex(event => event.revision <= revision) + 1);
  }

  /** The oldest revision a watch may start from. */
  oldest(resource: ResourceName): number {
    return this.#table(resource).compacted;
  }

  /** Forgets all history, as a compaction does: watches from the past become too old. */
  compact(): void {
    for (const table of this.#tables.values()) {
      table.history = [];
      table.compacted = this.#revision;
    }
  }

  #write<R extends ResourceName>(
    resource: R,
    key: string,
    type: StoreEvent['type'],
    object: Kinds[R],
    previous: Kinds[R] | undefined,
  ): Kinds[R] {
    const table = this.#table(resource);
    this.#revision += 1;
    object.metadata.resourceVersion = String(this.#revision);
    if (type === 'DELETED') table.objects.delete(key);
    else table.objects.set(key, object);
    const event: StoreEvent = { type, resource, object, previous, revision: this.#revision, actor: this.#actor };
    table.history.push(event);
    if (table.history.length > 2 * HISTORY) {
      table.compacted = table.history[HISTORY - 1]?.revision ?? table.compacted;
      table.history = table.history.slice(HISTORY);
    }
    for (const listener of table.listeners) listener(event);
    return object;
  }

  #table(resource: ResourceName): Table {
    const known = this.#tables.get(resource);
    if (known) return known;
    const table: Table = { objects: new Map(), listeners: new Set(), history: [], compacted: 0 };
    this.#tables.set(resource, table);
    return table;
  }
}

export function storeKey(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

export function keyOf({ metadata }: KubeObject): string {
  return storeKey(metadata.namespace, metadata.name);
}

/** Marked for deletion, no grace left, and no finalizer holds it. */
function isFinished({ metadata }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    !metadata.finalizers?.length
  );
}
