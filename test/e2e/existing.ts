import { HttpMethod, type V1Node, type V1Pod } from '@kubernetes/client-node';
import { ClusterUnreachable } from '../../src/app/ports.ts';
import { loadConnection } from '../../src/kubernetes/connection.ts';
import { type Client, clientOf, send } from '../contract/client.ts';
import { isMarked, removeTraces } from '../contract/traces.ts';
import { isTrue, nameOf } from '../contract/world.ts';

/** A cluster that is not ours, and on which the suite may run. */
export interface ExistingCluster {
  /** Which it is, so that whoever is mistaken sees it: `kind-kind at https://127.0.0.1:40001, Kubernetes v1.37.2, 3 nodes`. */
  readonly words: string;
  /** The pod of its etcd, where that is kubeadm's: `pod/etcd-cp1`. */
  readonly etcd: string | undefined;
  /** Undoes what this or an earlier run made. Answers what would not go. */
  clean(): Promise<readonly string[]>;
}

export interface Refused {
  /** A sentence each. */
  readonly reasons: readonly string[];
}

const ANSWER_MS = 10_000;
const WORKERS = 2;
const MOST_NAMED = 3;
/** What Kubernetes, kind and the usual pod networks run for themselves. */
const SYSTEM = /^(?:kube-.+|local-path-storage|calico-(?:system|apiserver)|tigera-operator)$/;

/** Looks at the cluster of one or several kubeconfigs, and changes nothing. */
export async function lookAtExisting(
  kubeconfig: string,
  inUse: 'allowed' | 'refused',
): Promise<ExistingCluster | Refused> {
  try {
    const { config, server } = loadConnection({ kubeconfig });
    const client = clientOf(config.exportConfig());
    const context = `${config.getCurrentContext()} at ${server}`;
    const { gitVersion } = await ask<{ gitVersion: string }>(client, '/version');
    if (!(await mayDoEverything(client))) {
      return {
        reasons: [
          `Of ${context} you may not do everything, which the suite needs: bring an administrator's kubeconfig.`,
        ],
      };
    }
    const nodes = await listed<V1Node>(client, '/api/v1/nodes');
    const pods = await foreignPods(client);
    const reasons = [...reasonsOf(nodes), ...(inUse === 'refused' ? useOf(pods) : [])].map(
      each => `${context}: ${each}`,
    );
    if (reasons.length > 0) return { reasons };
    return {
      words: `${context}, Kubernetes ${gitVersion}, ${nodes.length} nodes`,
      etcd: await etcdPod(client),
      clean: () => removeTraces(client),
    };
  } catch (error) {
    if (error instanceof ClusterUnreachable) return { reasons: [error.message] };
    throw error;
  }
}

function reasonsOf(nodes: readonly V1Node[]): string[] {
  const ours = nodes.filter(isMarked);
  const cordoned = nodes.filter(node => node.spec?.unschedulable && !ours.includes(node)).map(nameOf);
  const workers = nodes.filter(
    node => isTrue(node.status?.conditions, 'Ready') && (ours.includes(node) || !node.spec?.taints?.length),
  );
  return [
    ...(cordoned.length > 0 ? [`${namesOf(cordoned)} cannot be scheduled to: uncordon what you do not need so.`] : []),
    ...(workers.length < WORKERS
      ? [`the suite needs ${WORKERS} nodes that are Ready and without a taint, and there are ${workers.length}.`]
      : []),
  ];
}

function useOf(pods: readonly string[]): string[] {
  if (pods.length === 0) return [];
  const what = pods.length === 1 ? '1 pod of somebody runs' : `${pods.length} pods of somebody run`;
  return [`${what} there (${namesOf(pods)}), and the suite cordons nodes: bring an empty cluster, or say --in-use.`];
}

async function foreignPods(client: Client): Promise<string[]> {
  const namespaces = await listed(client, '/api/v1/namespaces');
  const ours = new Set(namespaces.filter(isMarked).map(nameOf));
  const pods = await listed<V1Pod>(client, '/api/v1/pods');
  return pods
    .filter(({ metadata }) => !ours.has(metadata?.namespace ?? '') && !SYSTEM.test(metadata?.namespace ?? ''))
    .map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
}

async function etcdPod(client: Client): Promise<string | undefined> {
  const path = '/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd,tier%3Dcontrol-plane';
  const pods = await listed<V1Pod>(client, path);
  const running = pods.find(({ status }) => isTrue(status?.conditions, 'Ready'));
  return running && `pod/${nameOf(running)}`;
}

async function mayDoEverything(client: Client): Promise<boolean> {
  const review = { spec: { resourceAttributes: { verb: '*', group: '*', resource: '*' } } };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { status } = await ask<{ status: { allowed: boolean } }>(client, path, review);
  return status.allowed;
}

async function listed<T extends object>(client: Client, path: string): Promise<T[]> {
  return (await ask<{ items: T[] }>(client, path)).items;
}

/** A GET, or a POST where there is a body. Throws ClusterUnreachable where that is not answered, or not with what was asked for. */
async function ask<T>(client: Client, path: string, body?: object): Promise<T> {
  const server = client.config.getCurrentCluster()?.server;
  const method = body === undefined ? HttpMethod.GET : HttpMethod.POST;
  const signal = AbortSignal.timeout(ANSWER_MS);
  let text: string;
  let code: number;
  try {
    const answer = await send(client, method, path, { signal, ...(body === undefined ? {} : { body }) });
    [code, text] = [answer.httpStatusCode, await answer.body.text()];
  } catch (error) {
    throw new ClusterUnreachable(`Nobody answers at ${server}: ${reasonOf(error)}.`, { cause: error });
  }
  if (code < 300) return JSON.parse(text) as T;
  throw new ClusterUnreachable(`${server} answered ${path} with ${code}: ${text.slice(0, 300).trim()}`);
}

/** fetch tells the reason as a cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

function namesOf(all: readonly string[]): string {
  const more = all.length - MOST_NAMED;
  return `${all.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
