import type { NodeAffinityTerm, PodAffinityTerm, SpreadRule } from '../../src/cluster/selector.ts';
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
import { budget, cluster, component, controlPlane, pod, staticPods, worker } from '../unit/plan/cluster-builder.ts';

/** The same figures give the same cluster, wherever and whenever it is made. */
export interface Generated {
  readonly nodes: number;
  readonly podsPerNode: number;
  readonly seed: number;
}

const VERSION = '1.36.2';
const GIB = 2 ** 30;
const ZONE = 'topology.kubernetes.io/zone';
const POOL = 'capstan.example/pool';
const HOST = 'kubernetes.io/hostname';
const ZONES = ['a', 'b', 'c'];
const DAEMONS = ['kube-proxy', 'network', 'storage', 'metrics', 'logs'];
const GPU: Taint = { key: 'nvidia.com/gpu', value: '', effect: 'NoSchedule' };
const SPOT: Taint = { key: 'spot', value: 'true', effect: 'PreferNoSchedule' };

/** Shared by all that have none: that is how clusters are read, too. */
const NONE: readonly never[] = [];
const NO_SELECTOR = {};
const EVERYTHING: PodView['tolerations'] = [{ key: undefined, operator: 'Exists', value: '', effect: undefined }];
const USUAL: PodView['tolerations'] = ['not-ready', 'unreachable'].map(trouble => ({
  key: `node.kubernetes.io/${trouble}`,
  operator: 'Exists',
  value: '',
  effect: 'NoExecute',
}));

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

const PLAIN = {
  nodeSelector: NO_SELECTOR,
  nodeAffinity: NONE,
  antiAffinity: NONE,
  spread: NONE,
  hostPorts: NONE,
  claims: NONE,
  tolerations: USUAL,
} satisfies Partial<PodView>;

interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly guarded: boolean;
  readonly apart: boolean;
  readonly pool: string | undefined;
  pod(replica: number): { readonly view: PodView; readonly volume: VolumeView | undefined };
}

/** Most are small, a few are large; every tenth has state. */
function chooseWorkload(number: number, random: Random): Workload {
  const name = `app-${number}`;
  const namespace = `team-${number % 40}`;
  const stateful = random.chance(0.1);
  const size = random.pick([1, 2, 2, 3, 3, 5, 8, 12, 20, 40, 120]);
  const replicas = stateful ? Math.min(size, 9) : size;
  const gpu = !stateful && random.chance(0.02);
  const apart = replicas > 1 && random.chance(stateful ? 0.8 : 0.15);
  const spread = !apart && replicas > 2 && random.chance(0.2);
  const pool = gpu ? 'gpu' : random.chance(0.1) ? random.pick(['memory', 'general']) : undefined;
  const labels = { app: name, team: namespace, 'pod-template-hash': `${number}f` };
  const shared = {
    ...PLAIN,
    namespace,
    labels,
    controller: {
      kind: stateful ? 'StatefulSet' : 'ReplicaSet',
      name: stateful ? name : `${name}-${number}f`,
      uid: `uid-${name}`,
    },
    requests: {
      cpuMilli: random.pick([50, 100, 100, 250, 500, 1_000]),
      memoryBytes: random.pick([0.125, 0.25, 0.5, 1, 2, 4]) * GIB,
      pods: 1,
      ...(gpu ? { others: { 'nvidia.com/gpu': 1 } } : {}),
    },
    tolerations: gpu ? [...USUAL, { key: GPU.key, operator: 'Exists', value: '', effect: undefined } as const] : USUAL,
    nodeSelector: pool ? { [POOL]: pool } : NO_SELECTOR,
    antiAffinity: apart ? [apartFrom(name, namespace)] : NONE,
    spread: spread ? [evenly(name)] : NONE,
    emptyDir: random.chance(0.05),
  } satisfies Partial<PodView>;
  const guarded = replicas > 1 && random.chance(0.5);
  const about = { namespace, name, replicas, guarded, apart, pool };
  if (!stateful) {
    return {
      ...about,
      kind: 'Deployment',
      pod: replica => ({ view: pod(`${name}-${number}f-${replica}`, undefined, shared), volume: undefined }),
    };
  }
  return {
    ...about,
    kind: 'StatefulSet',
    pod: replica => {
      const claim = `data-${name}-${replica}`;
      const view = pod(`${name}-${replica}`, undefined, {
        ...shared,
        labels: { ...labels, replica: `${replica}` },
        claims: [claim],
      });
      const nodeAffinity = ZONE_TERMS[replica % ZONES.length] ?? [];
      return { view, volume: { name: `pv-${claim}`, claim: `${namespace}/${claim}`, hostPath: false, nodeAffinity } };
    },
  };
}

const ZONE_TERMS: readonly (readonly NodeAffinityTerm[])[] = ZONES.map(zone => [
  { labels: [{ key: ZONE, operator: 'In', values: [zone] }], fields: [] },
]);

function apartFrom(app: string, namespace: string): PodAffinityTerm {
  return { selector: { matchLabels: { app }, matchExpressions: [] }, namespaces: [namespace], topologyKey: HOST };
}

function evenly(app: string): SpreadRule {
  return {
    selector: { matchLabels: { app }, matchExpressions: [] },
    topologyKey: ZONE,
    maxSkew: 1,
    minDomains: 1,
    honorsAffinity: true,
    honorsTaints: false,
  };
}

function describeWorkload(
  { kind, namespace, name, guarded }: Workload,
  replicas: number,
  { workloads, budgets }: { readonly workloads: WorkloadView[]; readonly budgets: BudgetView[] },
): void {
  if (replicas === 0) return;
  workloads.push({ kind, namespace, name, replicas });
  if (!guarded || replicas < 2) return;
  budgets.push(
    budget(name, {
      namespace,
      selector: { matchLabels: { app: name }, matchExpressions: [] },
      rule: 'maxUnavailable: 1',
      currentHealthy: replicas,
      expectedPods: replicas,
      desiredHealthy: replicas - 1,
      disruptionsAllowed: 1,
    }),
  );
}

/** Goes round the nodes, zone by zone; fills each to two thirds. */
class Placer {
  readonly #nodes: readonly NodeView[];
  readonly #used = new Map<string, { cpu: number; memory: number; gpu: number; pods: number }>();
  #next = 0;
  #missed = 0;

  constructor(nodes: readonly NodeView[]) {
    this.#nodes = nodes.filter(({ role }) => role === 'worker');
    for (const { name } of nodes) this.#used.set(name, { cpu: 0, memory: 0, gpu: 0, pods: 0 });
  }

  get isFull(): boolean {
    return this.#missed > 200;
  }

  use({ node = '', requests }: PodView): void {
    const used = this.#used.get(node);
    if (!used) return;
    used.cpu += requests.cpuMilli;
    used.memory += requests.memoryBytes;
    used.gpu += requests.others?.['nvidia.com/gpu'] ?? 0;
    used.pods += 1;
  }

  /** Never twice the same node in turn, so that replicas stand apart and in all zones. */
  placeFor(view: PodView, { kind, pool }: Partial<Workload> = {}): NodeView | undefined {
    const zone = kind === 'StatefulSet' ? ZONES[Number(view.labels.replica) % ZONES.length] : undefined;
    for (let tries = 0; tries < this.#nodes.length; tries += 1) {
      const node = this.#nodes[this.#next % this.#nodes.length];
      this.#next += 1;
      if (node && this.#suits(node, view, pool, zone)) {
        this.#missed = 0;
        return node;
      }
      if (tries > 400) break;
    }
    this.#missed += 1;
    return undefined;
  }

  #suits({ name, labels, allocatable }: NodeView, { requests }: PodView, pool = '', zone = ''): boolean {
    const used = this.#used.get(name);
    const gpu = requests.others?.['nvidia.com/gpu'] ?? 0;
    if (!used || (pool !== '' && labels[POOL] !== pool) || (zone !== '' && labels[ZONE] !== zone)) return false;
    if ((labels[POOL] === 'gpu') !== gpu > 0) return false;
    return (
      used.cpu + requests.cpuMilli <= allocatable.cpuMilli * FILL &&
      used.memory + requests.memoryBytes <= allocatable.memoryBytes * FILL &&
      used.gpu + gpu <= (allocatable.others?.['nvidia.com/gpu'] ?? 0) * FILL &&
      used.pods + 1 <= allocatable.pods * FILL
    );
  }
}

const FILL = 2 / 3;

interface Random {
  chance(of: number): boolean;
  pick<T>(choices: readonly T[]): T;
}

/** A linear congruential generator (Numerical Recipes' constants) is random enough, and the same everywhere. */
function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    chance: of => next() < of,
    pick: choices => choices[Math.floor(next() * choices.length)] as (typeof choices)[number],
  };
}
