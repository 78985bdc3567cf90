import { ClusterUnreachable } from '../app/ports.ts';
import { ApiError, hasCode } from './api-error.ts';
import { type KubeClient, parseJson, type Query } from './client.ts';
import { type ListHead, ListScanner } from './list-scanner.ts';

/** Objects that are listed and watched together. */
export interface Collection {
  /** Such as `/api/v1/pods`, or `/apis/batch/v1/namespaces/x/jobs`. */
  readonly path: string;
  /** In the words of RBAC, for sentences. */
  readonly resource: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Only `metadata` of each object is sent, which saves the most where specs are long. */
  readonly metadataOnly?: boolean;
}

export interface Listed<V> {
  readonly items: readonly V[];
  /** The moment that the list shows; a watch goes on from it. */
  readonly resourceVersion: string;
}

/** kubernetes.io: API concepts, "Receiving resources as partial object metadata". */
export const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
/**
 * Chosen by measurement: to serve 150,000 pods a kube-apiserver 1.36 spent 35 s of CPU in pages of 250, 18 s in pages of
 * 500, 16 s in pages of 1,000, and no less in larger ones. What we hold does not depend on it. `npm run bench` measures it
 * again: decisions/0014 has its figures.
 */
export const PAGE = 1_000;
const PAGE_DEADLINE_MS = 30_000;
/** A list expires while it is being read when its history is compacted (every five minutes): once is bad luck. */
const STARTS = 3;

/**
 * Reads all pages; only what `view` makes of each object is kept, so that memory does not grow with their size. The next
 * page is asked for as soon as the head of this one names it, so that the server makes it while this one is read: two are
 * under way at most. `view` may see an object again, where a page is asked for again.
 */
export async function list<W, V>(
  client: KubeClient,
  collection: Collection,
  view: (object: W) => V,
  signal: AbortSignal,
  pageSize = PAGE,
): Promise<Listed<V>> {
  for (let start = 1; start <= STARTS; start += 1) {
    const listed = await readPages({ client, collection, view, pageSize }, signal);
    if (listed) return listed;
  }
  const { resource } = collection;
  throw new ClusterUnreachable(
    `The list of ${resource} expired ${STARTS} times while it was being read from the API server at ${client.server}.`,
  );
}

interface Reading<W, V> {
  readonly client: KubeClient;
  readonly collection: Collection;
  readonly view: (object: W) => V;
  readonly pageSize: number;
}

/** undefined where the list expired (410) between two pages, or where they do not all show the same moment. */
async function readPages<W, V>(reading: Reading<W, V>, signal: AbortSignal): Promise<Listed<V> | undefined> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const items: V[] = [];
  try {
    const first = ask(reading, undefined, either);
    const { resourceVersion } = await first.head;
    for (let page: Asked<V> | undefined = first; page; ) {
      const { next }: ListHead = await page.head;
      const following: Asked<V> | undefined = next === undefined ? undefined : ask(reading, next, either);
      const { head, views } = await page.whole;
      // A first page that was asked for again shows another moment than the page that followed its first answer.
      if (head.resourceVersion !== resourceVersion) return undefined;
      for (const each of views) items.push(each);
      page = following;
    }
    return { items, resourceVersion };
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  } finally {
    stop.abort();
  }
}

interface Page<V> {
  readonly head: ListHead;
  readonly views: readonly V[];
}

/** A page that is being read. */
interface Asked<V> {
  /** Known long before its last object has come. */
  readonly head: Promise<ListHead>;
  readonly whole: Promise<Page<V>>;
}

function ask<W, V>(
  { client, collection, view, pageSize }: Reading<W, V>,
  token: string | undefined,
  signal: AbortSignal,
): Asked<V> {
  const { path, resource, fieldSelector, labelSelector, metadataOnly } = collection;
  const query: Query = { limit: String(pageSize), continue: token, fieldSelector, labelSelector };
  const accept = metadataOnly ? METADATA_ONLY : undefined;
  const { promise: early, resolve } = Promise.withResolvers<ListHead>();
  const whole = client.call(
    { verb: 'list', resource, deadlineMs: PAGE_DEADLINE_MS, isAnswer: hasCode(410) },
    async options => readPage(await client.openBytes(path, query, options.signal, accept), view, resolve),
    signal,
  );
  const head = Promise.race([early, whole.then(page => page.head)]);
  // They fail while the page before is still being read; whoever awaits them then is told.
  for (const promise of [head, whole]) promise.catch(() => undefined);
  return { head, whole };
}

async function readPage<W, V>(
  chunks: AsyncIterable<Buffer>,
  view: (object: W) => V,
  onHead: (head: ListHead) => void,
): Promise<Page<V>> {
  const scanner = new ListScanner();
  const views: V[] = [];
  for await (const chunk of chunks) {
    for (const text of scanner.take(chunk)) views.push(view(parseJson(text) as W));
    if (scanner.head) onHead(scanner.head);
  }
  return { head: scanner.end(), views };
}
