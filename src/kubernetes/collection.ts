import { ClusterUnreachable } from '../app/ports.ts';
import { ApiError, hasCode } from './api-error.ts';
import type { KubeClient, Query } from './client.ts';

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

/** What every list of the API has (metav1.ListMeta); items may be null where there is none. */
interface WireList<W> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly W[] | null;
}

/** kubernetes.io: API concepts, "Receiving resources as partial object metadata". */
export const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
const PAGE = 500;
const PAGE_DEADLINE_MS = 30_000;
/** A list expires while it is being read when its history is compacted (every five minutes): once is bad luck. */
const STARTS = 3;

/** Reads all pages; only what `view` makes of each object is kept, so that memory does not grow with their size. */
export async function list<W, V>(
  client: KubeClient,
  collection: Collection,
  view: (object: W) => V,
  signal: AbortSignal,
): Promise<Listed<V>> {
  for (let start = 1; start <= STARTS; start += 1) {
    try {
      return await readPages(client, collection, view, signal);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
  const { resource } = collection;
  throw new ClusterUnreachable(
    `The list of ${resource} expired ${STARTS} times while it was being read from the API server at ${client.server}.`,
  );
}

/** Throws ApiError only where the list expired (410) between two pages. */
async function readPages<W, V>(
  client: KubeClient,
  collection: Collection,
  view: (object: W) => V,
  signal: AbortSignal,
): Promise<Listed<V>> {
  const items: V[] = [];
  let next: string | undefined;
  for (;;) {
    const page = await readPage<W>(client, collection, next, signal);
    for (const item of page.items ?? []) items.push(view(item));
    const { resourceVersion = '', continue: token } = page.metadata ?? {};
    if (!token) return { items, resourceVersion };
    next = token;
  }
}

function readPage<W>(
  client: KubeClient,
  { path, resource, fieldSelector, labelSelector, metadataOnly }: Collection,
  token: string | undefined,
  signal: AbortSignal,
): Promise<WireList<W>> {
  const query: Query = { limit: String(PAGE), continue: token, fieldSelector, labelSelector };
  return client.call(
    { verb: 'list', resource, deadlineMs: PAGE_DEADLINE_MS, isAnswer: hasCode(410) },
    async options =>
      (await client.getJson(path, query, options.signal, metadataOnly ? METADATA_ONLY : undefined)) as WireList<W>,
    signal,
  );
}
