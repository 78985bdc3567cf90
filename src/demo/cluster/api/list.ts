import { keyOf, type ObjectStore } from '../store/object-store.ts';
import type { KubeObject } from '../store/objects.ts';
import { apiVersionOf } from '../store/resources.ts';
import type { ApiRequest } from './api-request.ts';
import { listOptionsOf, versionOf } from './list-options.ts';
import { predicateOf } from './selectors.ts';
import { badRequest, expired } from './status.ts';

/** Lists that clients are paging through; the oldest is forgotten first, as compaction would. */
const SNAPSHOTS = 32;

interface Snapshot {
  readonly revision: number;
  readonly items: readonly KubeObject[];
}

const META = 'meta.k8s.io/v1';

interface Token {
  readonly v: typeof META;
  readonly rv: number;
  readonly start: string;
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

/** Lists of one moment, page by page. */
export class Lists {
  readonly #store: ObjectStore;
  readonly #snapshots = new Map<string, Snapshot>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  list(request: ApiRequest): object {
    const { resource, query } = request;
    const { limit } = listOptionsOf(query);
    const token = query.get('continue');
    const snapshot = token ? this.#continued(request, parseToken(token)) : this.#fresh(request);
    const start = token ? parseToken(token).start : '';
    const from = start === '' ? 0 : firstFrom(snapshot.items, start);
    const page = limit > 0 ? snapshot.items.slice(from, from + limit) : snapshot.items.slice(from);
    const next = snapshot.items[from + page.length];
    const remaining = snapshot.items.length - from - page.length;
    const filtered = query.get('labelSelector') || query.get('fieldSelector');
    if (next) this.#snapshots.set(snapshotKey(request, snapshot.revision), snapshot);
    for (const key of [...this.#snapshots.keys()].slice(0, -SNAPSHOTS)) this.#snapshots.delete(key);
    return {
      ...(request.metadataOnly
        ? { kind: 'PartialObjectMetadataList', apiVersion: META }
        : { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource) }),
      metadata: {
        resourceVersion: String(snapshot.revision),
        ...(next ? { continue: makeToken({ v: META, rv: snapshot.revision, start: keyOf(next) }) } : {}),
        ...(next && !filtered ? { remainingItemCount: remaining } : {}),
      },
      items: page.map(request.metadataOnly ? metadataOf : withoutKind),
    };
  }

  /** Lists in progress can no longer be continued. */
  forget(): void {
    this.#snapshots.clear();
  }

  #fresh({ resource, namespace, query }: ApiRequest): Snapshot {
    const matches = predicateOf(query, resource);
    // A list is of the present, whichever version it is asked for; it must be one all the same.
    versionOf(query, why => badRequest(`invalid resource version: ${why}`));
    const items = [...this.#store.all(resource.name)]
      .filter(
        object => (namespace === undefined || object.metadata.namespace === namespace) && (matches?.(object) ?? true),
      )
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return { revision: this.#store.revision, items };
  }

  /** A token of revision -1 goes on in whatever stands now. */
  #continued(request: ApiRequest, { rv, start }: Token): Snapshot {
    if (rv === -1) return this.#fresh(request);
    const snapshot = this.#snapshots.get(snapshotKey(request, rv));
    if (!snapshot) throw expired(TOO_OLD, makeToken({ v: META, rv: -1, start }));
    return snapshot;
  }
}

/** Items of a list carry neither kind nor apiVersion. */
function withoutKind({ kind: _kind, apiVersion: _apiVersion, ...item }: KubeObject): object {
  return item;
}

/** Unless they are not what the list is of. */
function metadataOf({ metadata }: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: META, metadata };
}

function snapshotKey({ resource, namespace, query }: ApiRequest, revision: number): string {
  return JSON.stringify([resource.name, namespace, query.get('labelSelector'), query.get('fieldSelector'), revision]);
}

function firstFrom(items: readonly KubeObject[], start: string): number {
  const index = items.findIndex(item => keyOf(item) >= start);
  return index < 0 ? items.length : index;
}

function makeToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function parseToken(text: string): Token {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Partial<Token>;
    if (typeof token.rv === 'number' && typeof token.start === 'string') return token as Token;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw badRequest('invalid continue token: continue key is not valid: it is not a token that this server gave out');
}
