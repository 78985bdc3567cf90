import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { keyOf, type ObjectStore, type StoreEvent } from '../store/object-store.ts';
import type { KubeObject, ResourceName } from '../store/objects.ts';
import { apiVersionOf, type Resource } from '../store/resources.ts';
import { TIMINGS } from '../timings.ts';
import type { ApiRequest } from './api-request.ts';
import { listOptionsOf, versionOf } from './list-options.ts';
import { type Predicate, predicateOf } from './selectors.ts';
import { ApiError, expired } from './status.ts';

interface Stream {
  /** Which API server serves it. */
  readonly server: string;
  readonly close: () => void;
}

interface Followed {
  readonly resource: ResourceName;
  /** Which API server serves it. */
  readonly server: string;
  readonly seconds: number;
}

/** How long a watch stays open that was not told how long. */
const UNASKED_S = 1_800;

/** Open watches: each starts at a revision and ends by its time-out, its client, or a fault. */
export class Watches {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #streams = new Set<Stream>();
  #muted = false;

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  open(request: ApiRequest, response: ServerResponse, server: string): void {
    const { resource, namespace, query } = request;
    const { timeoutSeconds: seconds = UNASKED_S } = listOptionsOf(query);
    const matches = inScope(namespace, predicateOf(query, resource));
    // An error without a code of its own, which kube-apiserver calls its own fault.
    const from = versionOf(query, why => new ApiError(500, undefined, why));
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    const send = (type: string, object: object) => {
      if (!this.#muted) response.write(`${JSON.stringify({ type, object })}\n`);
    };
    const missed = from === 0 ? [] : this.#store.since(resource.name, from);
    if (!missed) {
      const { status } = expired(`too old resource version: ${from} (${this.#store.oldest(resource.name)})`);
      send('ERROR', status);
      response.end();
      return;
    }
    const bookmark = () => send('BOOKMARK', this.#bookmark(resource));
    const wantsBookmarks = query.get('allowWatchBookmarks') === 'true';
    if (from === 0) {
      this.#sendAll(resource, matches, send);
      if (wantsBookmarks) send('BOOKMARK', initialEventsEnd(this.#bookmark(resource)));
    }
    for (const event of missed) forward(event, matches, send);
    this.#follow(
      response,
      { resource: resource.name, server, seconds },
      event => forward(event, matches, send),
      wantsBookmarks ? bookmark : undefined,
    );
  }

  /** Streams stay open and say nothing more, as when the API server hangs. */
  mute(): void {
    this.#muted = true;
  }

  unmute(): void {
    this.#muted = false;
  }

  /** Ends all streams, or those that one API server serves. */
  drop(server?: string): void {
    for (const stream of [...this.#streams]) if (server === undefined || stream.server === server) stream.close();
  }

  #follow(
    response: ServerResponse,
    { resource, server, seconds }: Followed,
    listener: (event: StoreEvent) => void,
    bookmark: (() => void) | undefined,
  ): void {
    const unsubscribe = this.#store.subscribe(resource, listener);
    let cancelBookmark = () => {};
    const repeat = () => {
      cancelBookmark = this.#clock.after(Math.max(TIMINGS.watchBookmark, this.#clock.speed), () => {
        bookmark?.();
        repeat();
      });
    };
    if (bookmark) repeat();
    // A watch ends in real seconds: the client asked for them.
    const cancelTimeout = this.#clock.after(seconds * this.#clock.speed, () => {
      bookmark?.();
      response.end();
    });
    const stream: Stream = { server, close: () => response.destroy() };
    this.#streams.add(stream);
    response.once('close', () => {
      unsubscribe();
      cancelBookmark();
      cancelTimeout();
      this.#streams.delete(stream);
    });
  }

  #sendAll(resource: Resource, matches: Predicate, send: (type: string, object: object) => void): void {
    const objects = [...this.#store.all(resource.name)].filter(matches);
    for (const object of objects.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) send('ADDED', object);
  }

  #bookmark(resource: Resource): KubeObject {
    const metadata = { resourceVersion: String(this.#store.revision) };
    return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } as unknown as KubeObject;
  }
}

function initialEventsEnd(bookmark: KubeObject): object {
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  return { ...bookmark, metadata: { ...bookmark.metadata, annotations } };
}

function inScope(namespace: string | undefined, matches: Predicate | undefined): Predicate {
  return object =>
    (namespace === undefined || object.metadata.namespace === namespace) && (matches === undefined || matches(object));
}

/**
 * An object that starts or stops to match is added or deleted for this watch. What stops to match is told of as it was
 * while it matched, with the version of the change (kube-apiserver's cacher, convertToWatchEvent).
 */
function forward(
  { type, object, previous }: StoreEvent,
  matches: Predicate,
  send: (type: string, object: object) => void,
): void {
  const before = previous && matches(previous) ? previous : undefined;
  const now = type !== 'DELETED' && matches(object);
  if (now) send(before ? 'MODIFIED' : 'ADDED', object);
  else if (before) send('DELETED', type === 'DELETED' ? object : atVersion(before, object.metadata.resourceVersion));
}

function atVersion(object: KubeObject, resourceVersion: string): object {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
