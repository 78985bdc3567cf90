import { HttpMethod, type KubernetesObject, PatchStrategy, type V1Node } from '@kubernetes/client-node';
import { as, type Client, raw, send } from './client.ts';
import { NeverCame, until } from './watching.ts';

const MADE_BY = 'example.com/made-by';
const VALUE = 'contract';

/** On whatever the suite makes outside of its namespaces, and on nodes that it cordons: so that it can be undone. */
export const MARK: Readonly<Record<string, string>> = { [MADE_BY]: VALUE };

/** A namespace of a real cluster is gone when the last of its pods is. */
export const GONE_MS = 120_000;

/** Whatever the suite makes that does not go with one of its namespaces. */
const COLLECTIONS = [
  '/api/v1/namespaces',
  '/api/v1/namespaces/default/events',
  '/api/v1/persistentvolumes',
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  '/apis/networking.k8s.io/v1/servicecidrs',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  '/apis/rbac.authorization.k8s.io/v1/roles',
  '/apis/storage.k8s.io/v1/volumeattachments',
];

export function isMarked({ metadata }: KubernetesObject): boolean {
  return metadata?.annotations?.[MADE_BY] === VALUE;
}

/** Whoever is killed now leaves a node behind of which a later run knows that it may open it. */
export async function markNode({ core }: Client, name: string): Promise<void> {
  await core.patchNode({ name, body: { metadata: { annotations: MARK } } }, as(PatchStrategy.MergePatch));
}

export async function releaseNode({ core }: Client, name: string): Promise<void> {
  const body = { metadata: { annotations: { [MADE_BY]: null } }, spec: { unschedulable: null } };
  await core.patchNode({ name, body }, as(PatchStrategy.MergePatch));
}

/** Undoes what this or an earlier run of the suite made, and nothing else. Answers what would not go in time. */
export async function removeTraces(client: Client, patienceMs = GONE_MS): Promise<readonly string[]> {
  const nodes = await markedIn<V1Node>(client, '/api/v1/nodes');
  await Promise.all(nodes.map(({ metadata }) => releaseNode(client, metadata?.name ?? '')));
  const left = await Promise.all(COLLECTIONS.map(path => removeFrom(client, path, patienceMs)));
  return left.flat();
}

async function removeFrom(client: Client, path: string, patienceMs: number): Promise<readonly string[]> {
  const found = await markedIn(client, path);
  if (found.length === 0) return [];
  await Promise.all(found.map(each => send(client, HttpMethod.DELETE, pathOf(path, each))));
  try {
    await until(client, path, objects => (objects.some(isMarked) ? undefined : true), patienceMs);
    return [];
  } catch (error) {
    if (error instanceof NeverCame) return (await markedIn(client, path)).map(each => pathOf(path, each));
    throw error;
  }
}

/** The collection may be that of one namespace, or of all. */
function pathOf(collection: string, { metadata }: KubernetesObject): string {
  const { name, namespace } = metadata ?? {};
  if (namespace === undefined || collection.includes('/namespaces/')) return `${collection}/${name}`;
  const [, group, resource] = /^(.*)\/([^/]+)$/.exec(collection) ?? [];
  return `${group}/namespaces/${namespace}/${resource}/${name}`;
}

/** None where a cluster does not serve the collection. */
async function markedIn<T extends KubernetesObject>(client: Client, path: string): Promise<T[]> {
  const { httpStatusCode, body } = await raw(client, path);
  const text = await body.text();
  if (httpStatusCode === 404) return [];
  if (httpStatusCode !== 200) throw new Error(`${path} answered ${httpStatusCode}: ${text}`);
  return (JSON.parse(text) as { items: T[] }).items.filter(isMarked);
}
