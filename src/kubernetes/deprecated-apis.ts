import { ClusterRefused } from '../app/ports.ts';
import { RightMissing } from '../app/right-missing.ts';
import type { DeprecatedApiView, DeprecatedWriter, DeprecatedWriters } from '../cluster/snapshot.ts';
import { ApiError, hasCode, orFailure } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { METADATA_ONLY } from './collection.ts';
import { type DeprecatedUse, deprecatedUse } from './views/deprecated-use.ts';
import type { WireApiGroup, WireObject } from './views/wire.ts';
import { nameView } from './views/workload-view.ts';

/** Megabytes on a large cluster, sent while they are being made. */
const METRICS_DEADLINE_MS = 30_000;
/** So many API versions are looked into, and so many objects of each are read. */
const MOST_APIS = 20;
const MOST_OBJECTS = 1_000;

/**
 * Which API versions with a date of removal somebody has asked for, and which objects were last written in them. The
 * metric is that of the one API server that answers. Throws ClusterRefused where the metrics may not be read.
 */
export async function readDeprecatedApis(client: KubeClient, signal: AbortSignal): Promise<DeprecatedApiView[]> {
  const uses = await client.call(
    { verb: 'get', resource: '/metrics', deadlineMs: METRICS_DEADLINE_MS },
    options => readUses(client, options.signal),
    signal,
  );
  const seen: DeprecatedApiView[] = [];
  for (const [place, use] of uses.entries()) {
    const looked = place < MOST_APIS;
    const why = `only the first ${MOST_APIS} APIs are looked into`;
    seen.push({ ...use, writers: looked ? await readWriters(client, use, signal) : { kind: 'unseen', why } });
  }
  return seen;
}

/** One for each resource, whatever subresources were asked for. */
async function readUses(client: KubeClient, signal: AbortSignal): Promise<DeprecatedUse[]> {
  const uses = new Map<string, DeprecatedUse>();
  for await (const line of await client.openLines('/metrics', {}, signal)) {
    const use = deprecatedUse(line);
    if (use) uses.set(`${use.group}/${use.version}/${use.resource}`, use);
  }
  return [...uses.values()];
}

/** Read through another version: asking for the deprecated one would raise the very metric that told us. */
async function readWriters(client: KubeClient, use: DeprecatedUse, signal: AbortSignal): Promise<DeprecatedWriters> {
  try {
    for (const version of await otherVersions(client, use, signal)) {
      const page = await firstPage(client, use, version, signal);
      if (page) return { kind: 'seen', writers: writersIn(page, use), complete: !page.metadata?.continue };
    }
    return { kind: 'unseen', why: 'no other version of it is served' };
  } catch (error) {
    if (!(error instanceof ClusterRefused)) throw error;
    const lacks = error instanceof RightMissing ? { lacks: error.right } : {};
    return { kind: 'unseen', why: 'its objects may not be listed', ...lacks };
  }
}

async function otherVersions(client: KubeClient, { group, version }: DeprecatedUse, signal: AbortSignal) {
  const found = await orFailure(
    client.call(
      { verb: 'get', resource: `/apis/${group}`, isAnswer: hasCode(404) },
      async options => (await client.getJson(`/apis/${group}`, {}, options.signal)) as WireApiGroup,
      signal,
    ),
  );
  if (found instanceof ApiError) return [];
  const { preferredVersion, versions = [] } = found;
  const served = [preferredVersion, ...versions].flatMap(each => each?.version ?? []);
  return [...new Set(served)].filter(each => each !== version);
}

interface Page {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly WireObject[] | null;
}

/** undefined where that version does not know the resource. */
async function firstPage(
  client: KubeClient,
  { group, resource }: DeprecatedUse,
  version: string,
  signal: AbortSignal,
): Promise<Page | undefined> {
  const path = `/apis/${group}/${version}/${resource}`;
  const query = { limit: String(MOST_OBJECTS) };
  const found = await orFailure(
    client.call(
      { verb: 'list', resource: `${resource}.${group}`, deadlineMs: METRICS_DEADLINE_MS, isAnswer: hasCode(404) },
      async options => (await client.getJson(path, query, options.signal, METADATA_ONLY)) as Page,
      signal,
    ),
  );
  return found instanceof ApiError ? undefined : found;
}

function writersIn({ items }: Page, { group, version }: DeprecatedUse): DeprecatedWriter[] {
  const apiVersion = `${group}/${version}`;
  return (items ?? []).flatMap(object => {
    const entries = object.metadata?.managedFields?.filter(each => each.apiVersion === apiVersion) ?? [];
    const managers = new Set(entries.map(({ manager = '' }) => manager));
    return [...managers].map(manager => ({ object: nameView(object), manager }));
  });
}
