import type { V1Job, V1Node, V1ObjectMeta, V1Pod, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { Client } from './client.ts';
import { MARK } from './traces.ts';
import { until } from './watching.ts';

/** A namespace of one's own, in which pods may be made. */
export async function freshNamespace(client: Client): Promise<string> {
  const { metadata } = await client.core.createNamespace({
    body: { metadata: { generateName: 'contract-', annotations: MARK } },
  });
  const name = metadata?.name ?? '';
  await until(client, `/api/v1/namespaces/${name}/serviceaccounts`, accounts =>
    accounts.find(each => each.metadata?.name === 'default'),
  );
  return name;
}

/** Names of nodes that take ordinary pods. */
export async function workersOf({ core }: Client): Promise<[string, string, ...string[]]> {
  const { items } = await core.listNode();
  const [first, second, ...others] = items
    .filter(({ spec, status }) => !spec?.taints?.length && isTrue(status?.conditions, 'Ready'))
    .map(nameOf);
  if (first === undefined || second === undefined) throw new Error('The suite needs two Ready worker nodes.');
  return [first, second, ...others];
}

export function createEvent({ core }: Client, namespace: string, name: string) {
  const involvedObject = { kind: 'Node', name: 'some-node', namespace };
  const body = { metadata: { name }, involvedObject, reason: 'Contract', message: 'for the suite', type: 'Normal' };
  return core.createNamespacedEvent({ namespace, body });
}

export function nameOf({ metadata }: { metadata?: V1ObjectMeta }): string {
  return metadata?.name ?? '';
}

export function uidOf({ metadata }: { metadata?: V1ObjectMeta }): string {
  return metadata?.uid ?? '';
}

export function isTrue(conditions: { type: string; status: string }[] | undefined, type: string): boolean {
  return conditions?.some(each => each.type === type && each.status === 'True') ?? false;
}

export function isReady(pod: V1Pod): boolean {
  return isTrue(pod.status?.conditions, 'Ready') && pod.metadata?.deletionTimestamp === undefined;
}

export function podSpec(extra: Partial<V1PodSpec> = {}): V1PodSpec {
  return {
    containers: [
      {
        name: 'main',
        image: 'registry.k8s.io/pause:3.10.2',
        resources: { requests: { cpu: '10m', memory: '8Mi' } },
      },
    ],
    ...extra,
  };
}

export function template(app: string, extra: Partial<V1PodSpec> = {}): V1PodTemplateSpec {
  return { metadata: { labels: { app } }, spec: podSpec(extra) };
}

/** For Jobs: the image's program ends at once where it is only asked for its version, and never otherwise. */
export function endingSpec(extra: Partial<V1PodSpec> = {}): V1PodSpec {
  const { containers, ...spec } = podSpec({ restartPolicy: 'Never', ...extra });
  return { ...spec, containers: containers.map(container => ({ ...container, command: ['/pause', '-v'] })) };
}

export function jobNamed(name: string): V1Job {
  return { metadata: { name }, spec: { backoffLimit: 0, template: { spec: endingSpec() } } };
}

export function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

/** A pod of one's own on a worker, once it is Ready. */
export async function runningPod(
  client: Client,
  namespace: string,
  metadata: V1ObjectMeta,
  extra: Partial<V1PodSpec> = {},
): Promise<V1Pod> {
  const made = await client.core.createNamespacedPod({ namespace, body: { metadata, spec: podSpec(extra) } });
  return readyPod(client, namespace, nameOf(made));
}

/** What makes a pod take so long to end: played kubelets read the annotation, real ones the hook. */
export function stoppingIn(seconds: number): [V1ObjectMeta, Partial<V1PodSpec>] {
  const lifecycle = { preStop: { sleep: { seconds } } };
  const containers = podSpec().containers.map(container => ({ ...container, lifecycle }));
  return [{ annotations: { 'kwok.capstan.test/stops-in': `${seconds}s` } }, { containers }];
}

/** One that takes its time to end, so that it is still there to be looked at on a busy machine. */
export function slowPod(client: Client, namespace: string, metadata: V1ObjectMeta, seconds = 3): Promise<V1Pod> {
  const [slow, spec] = stoppingIn(seconds);
  return runningPod(client, namespace, { ...metadata, ...slow }, spec);
}

export function readyPod(client: Client, namespace: string, name: string): Promise<V1Pod> {
  return until<V1Pod, V1Pod>(client, podsPath(namespace), pods =>
    pods.find(pod => nameOf(pod) === name && isReady(pod)),
  );
}

/** The pods of an app once so many are Ready and no other is left. */
export function readyPods(client: Client, namespace: string, app: string, count: number): Promise<V1Pod[]> {
  return until<V1Pod, V1Pod[]>(client, podsPath(namespace), pods => {
    const own = pods.filter(pod => pod.metadata?.labels?.app === app);
    return own.length === count && own.every(isReady) ? own : undefined;
  });
}

/** Resolves once no pod of that UID is left. */
export async function podGone(client: Client, namespace: string, uid: string): Promise<void> {
  await until<V1Pod, true>(client, podsPath(namespace), pods => !pods.some(pod => uidOf(pod) === uid) || undefined);
}

export function nodeWhere(client: Client, name: string, holds: (node: V1Node) => boolean): Promise<V1Node> {
  return until<V1Node, V1Node>(client, '/api/v1/nodes', nodes =>
    nodes.find(node => nameOf(node) === name && holds(node)),
  );
}
