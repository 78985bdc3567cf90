import type {
  BudgetView,
  ClusterSnapshot,
  Component,
  NodeView,
  OwnerRef,
  PodView,
  Taint,
  VolumeView,
  WorkloadView,
} from '../../src/cluster/snapshot.ts';
import { cluster, component, controlPlane, pod, staticPods, worker } from '../unit/plan/cluster-builder.ts';
import { Placer } from './generated/placer.ts';
import { createRandom } from './generated/random.ts';
import { GIB, GPU, HOST, PLAIN, POOL, ZONE, ZONES } from './generated/traits.ts';
import { chooseWorkload, describeWorkload } from './generated/workloads.ts';

/** The same figures give the same cluster, wherever and whenever it is made. */
export interface Generated {
  readonly nodes: number;
  readonly podsPerNode: number;
  readonly seed: number;
}

const VERSION = '1.36.2';
const DAEMONS = ['kube-proxy', 'network', 'storage', 'metrics', 'logs'];
const SPOT: Taint = { key: 'spot', value: 'true', effect: 'PreferNoSchedule' };
const EVERYTHING: PodView['tolerations'] = [{ key: undefined, operator: 'Exists', value: '', effect: undefined }];

/**
 * A cluster as they are in production, with Capstan on it: control-plane nodes, pools in three zones, one of them with GPUs behind a taint;
 * DaemonSets, Deployments of very different sizes, StatefulSets with zonal volumes; budgets, anti-affinity and spreading.
 * Everything is placed as a scheduler would, so that nothing exceeds its node, and something like a third stays free.
 */
export function generateCluster({ nodes: count, podsPerNode, seed }: Generated): ClusterSnapshot {
  const random = createRandom(seed);
  const nodes = generateNodes(count);
  const placer = new Placer(nodes);
  const pods = nodes.flatMap(node => daemonPods(node));
  for (const each of pods) placer.use(each);
  pods.push(...ownPods(placer));
  const made = { workloads: [] as WorkloadView[], budgets: [] as BudgetView[], volumes: [] as VolumeView[] };
  const wanted = count * podsPerNode;
  for (let number = 0; pods.length < wanted; number += 1) {
    const workload = chooseWorkload(number, random);
    const before = pods.length;
    const replicas = Math.min(workload.replicas, wanted - pods.length, count);
    for (let replica = 0; replica < replicas; replica += 1) {
      const { view, volume } = workload.pod(replica);
      const home = placer.placeFor(view, workload);
      if (!home) continue;
      const placed = { ...view, node: home.name };
      placer.use(placed);
      pods.push(placed);
      if (volume) made.volumes.push(volume);
    }
    describeWorkload(workload, pods.length - before, made);
    // A cluster that is full stays as it is.
    if (pods.length === before && placer.isFull) break;
  }
  const components = nodes.flatMap(componentsOf);
  return cluster(nodes, { pods, components, ...made, daemonSets: new Set(DAEMONS.map(name => `kube-system/${name}`)) });
}

function generateNodes(count: number): NodeView[] {
  const masters = Math.min(3, count);
  return Array.from({ length: count }, (_, place) => {
    const zone = ZONES[place % ZONES.length] ?? '';
    const number = String(place).padStart(5, '0');
    if (place < masters)
      return controlPlane(`cp-${number}`, VERSION, { labels: labelsOf(`cp-${number}`, zone, 'control-plane') });
    const pool = place % 20 === 7 ? 'gpu' : place % 10 === 3 ? 'spot' : place % 7 === 5 ? 'memory' : 'general';
    const name = `${pool}-${number}`;
    return worker(name, VERSION, {
      labels: labelsOf(name, zone, pool),
      taints: pool === 'gpu' ? [GPU] : pool === 'spot' ? [SPOT] : [],
      allocatable: {
        cpuMilli: 15_800,
        memoryBytes: (pool === 'memory' ? 120 : 60) * GIB,
        pods: 110,
        ...(pool === 'gpu' ? { others: { 'nvidia.com/gpu': 8 } } : {}),
      },
    });
  });
}

function labelsOf(host: string, zone: string, pool: string): Readonly<Record<string, string>> {
  return { [HOST]: host, [ZONE]: zone, [POOL]: pool };
}

function componentsOf({ name, role }: NodeView): Component[] {
  const proxy = component('kube-proxy', name, VERSION);
  return role === 'control-plane' ? [...staticPods(name, VERSION), component('etcd', name, '3.6.8-0'), proxy] : [proxy];
}

const DAEMON_KINDS = DAEMONS.map(name => ({
  name,
  labels: { 'k8s-app': name, 'controller-revision-hash': '5c8f7d' },
  controller: { kind: 'DaemonSet', name, uid: `uid-${name}` } satisfies OwnerRef,
  requests: { cpuMilli: 50, memoryBytes: GIB / 16, pods: 1 },
}));

function daemonPods({ name: node }: NodeView): PodView[] {
  return DAEMON_KINDS.map(({ name, ...shared }) =>
    pod(`${name}-${node}`, node, { ...PLAIN, ...shared, namespace: 'kube-system', tolerations: EVERYTHING }),
  );
}

/** Bots, workers and Redis, as the chart installs them. */
function ownPods(placer: Placer): PodView[] {
  return ['bot', 'bot', 'worker', 'worker', 'redis'].flatMap((component, number) => {
    const view = pod(`capstan-${component}-${number}`, undefined, {
      ...PLAIN,
      namespace: 'capstan',
      labels: { 'app.kubernetes.io/part-of': 'capstan', 'app.kubernetes.io/component': component },
      controller: { kind: 'ReplicaSet', name: `capstan-${component}`, uid: `uid-capstan-${component}` },
      requests: { cpuMilli: 50, memoryBytes: GIB / 4, pods: 1 },
    });
    const home = placer.placeFor(view);
    if (!home) return [];
    const placed = { ...view, node: home.name };
    placer.use(placed);
    return [placed];
  });
}
