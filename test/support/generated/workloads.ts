import type { NodeAffinityTerm, PodAffinityTerm, SpreadRule } from '../../../src/cluster/selector.ts';
import type { BudgetView, PodView, VolumeView, WorkloadView } from '../../../src/cluster/snapshot.ts';
import { budget, pod } from '../../unit/plan/cluster-builder.ts';
import type { Random } from './random.ts';
import { GIB, GPU, HOST, NO_SELECTOR, NONE, PLAIN, POOL, USUAL, ZONE, ZONES } from './traits.ts';

export interface Workload {
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
export function chooseWorkload(number: number, random: Random): Workload {
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

export function describeWorkload(
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
