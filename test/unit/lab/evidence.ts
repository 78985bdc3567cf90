import { layOut, placesIn } from '../../lab/cluster/layout.ts';
import type { HostRecord } from '../../lab/host-journals.ts';
import type { NodeLook } from '../../lab/power.ts';
import { Timeline } from '../../lab/timeline.ts';
import { type Trial, trialOf } from '../../lab/trial.ts';
import type { Evidence } from '../../lab/verdicts/evidence.ts';
import { ApiWatcher } from '../../lab/watchers/api.ts';
import { BudgetWatcher } from '../../lab/watchers/budgets.ts';
import { ClientWatcher } from '../../lab/watchers/client.ts';
import { ComponentWatcher } from '../../lab/watchers/components.ts';
import { EtcdWatcher } from '../../lab/watchers/etcd.ts';
import { type JobStory, JobWatcher } from '../../lab/watchers/jobs.ts';
import { LeaseWatcher } from '../../lab/watchers/leases.ts';
import { NodeWatcher } from '../../lab/watchers/nodes.ts';
import { OwnPodsWatcher } from '../../lab/watchers/own-pods.ts';

/** What the watchers of the lab would have seen of a good upgrade of three control planes and two workers, over two hops. */

const MINUTE = 60_000;

type Changeable<T> = T extends readonly (infer E)[]
  ? Changeable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Changeable<T[K]> }
    : T;

type Look = Omit<NodeLook, 'at'>;

/** Evidence that a test can spoil; what was seen is changed as the watchers themselves would. */
export type SpoilableEvidence = Changeable<Omit<Evidence, 'seen' | 'trial' | 'plans'>> &
  Pick<Evidence, 'seen' | 'trial'> & { plans: Evidence['plans'] };

export function goodTrial(controlPlanes = 3): Trial {
  const hosts = layOut(controlPlanes, 2);
  const lab = { hosts, minors: ['1.35', '1.36', '1.37'], endpoint: '10.99.0.1:6443', kubectl: 'kubectl' } as const;
  return trialOf(lab, placesIn('/nowhere'));
}

export function goodEvidence(trial = goodTrial()): SpoilableEvidence {
  const jobs = jobsOf(trial);
  return {
    trial,
    plans: { before: planBefore(trial), after: { code: 0, text: 'Nothing to do: everything runs it.' } },
    seen: observationOf(trial, jobs),
    seconds: 100,
    state: stateOf(trial),
    hosts: trial.nodes.map(host => ({
      host,
      packages: ['kubeadm 1.37.2-1.1', 'kubectl 1.37.2-1.1', 'kubelet 1.37.2-1.1'],
      held: ['kubeadm', 'kubectl', 'kubelet'],
      units: [],
      files: [],
    })),
    records: jobs.map(recordOf),
    words: { status: 'Upgrade finished: v1.37.2', thread: 'Upgrade finished: v1.37.2' },
    kills: ['in kubeadm', 'in the drain', 'in the Job'],
    restarts: 5,
    remains: [],
    power: powerOf(trial),
  };
}

function powerOf({ workers: [first = '', last = ''] }: Trial): SpoilableEvidence['power'] {
  const change = (host: string, begun: number, before: Look, after: Look) => ({
    ...{ host, begun, trouble: undefined },
    before: { at: begun, ...before },
    changes: [{ at: begun + 20_000, ...after }],
  });
  const [up, silent] = [
    { bootId: 'a', ready: 'True' },
    { bootId: 'a', ready: 'Unknown' },
  ];
  const again = { bootId: 'b', ready: 'True' };
  return {
    rebooted: change(first, 0, up, again),
    cut: change(last, MINUTE, up, silent),
    started: change(last, 2 * MINUTE, silent, again),
  };
}

function planBefore({ hops, to, controlPlanes, workers }: Trial): Evidence['plans']['before'] {
  const passes = hops.flatMap(
    () =>
      [
        ['control-plane', 'control-plane', controlPlanes],
        ['control-plane', 'kubelet', controlPlanes.toReversed()],
        ['workers', 'kubelet', workers.toReversed()],
      ] as const,
  );
  return { code: 0, text: 'a plan', to: to.version, hops: hops.length, passes };
}

/** One a minute, and each of them takes half of it. */
function jobsOf({ hops, controlPlanes, workers }: Trial): JobStory[] {
  const works = hops.flatMap(({ version: to }) => [
    ...controlPlanes.map(node => ({ to, node, phase: 'control-plane' })),
    ...[...controlPlanes, ...workers].map(node => ({ to, node, phase: 'kubelet' })),
  ]);
  return works.map((work, index) => {
    const startedAt = (index + 1) * MINUTE;
    return { ...work, name: `job-${index}`, looksOnly: false, startedAt, endedAt: startedAt + MINUTE / 2 };
  });
}

function recordOf({ node, phase, to, startedAt }: JobStory): Changeable<HostRecord> {
  const verdict = '{"step":"verify","rc":0,"reason":""}';
  return { host: node, phase, looksOnly: false, to, begun: startedAt / 1000, starts: 1, steps: [], verdict };
}

function observationOf(trial: Trial, stories: readonly JobStory[]): Evidence['seen'] {
  const seen = {
    begun: 0,
    budgets: Object.assign(new BudgetWatcher(), { fewestReady: 2 }),
    nodes: new NodeWatcher(new Timeline(() => undefined), () => undefined),
    components: new ComponentWatcher(),
    jobs: new JobWatcher(),
    leases: new LeaseWatcher(),
    ownPods: new OwnPodsWatcher(),
    client: Object.assign(new ClientWatcher(), { calls: 200 }),
    api: new ApiWatcher(),
    etcd: new EtcdWatcher(),
    over: Promise.resolve(),
  };
  seen.jobs.stories.push(...stories);
  seen.leases.holders.add('run');
  seen.ownPods.drainedUnderWorkers.add('w1');
  seen.nodes.mostCordoned = 1;
  for (const { node, phase, to, startedAt } of stories) {
    if (phase === 'control-plane') {
      seen.components.changes.push({ pod: `kube-apiserver-${node}`, image: `kube-apiserver:${to}`, at: startedAt });
      seen.components.changes.push({ pod: `etcd-${node}`, image: 'etcd:new', at: startedAt });
      absencesOf(seen.etcd, node).push({ from: startedAt, to: startedAt + 9_000 });
    } else {
      seen.nodes.kubelets.push({ node, version: to, at: startedAt + 1_000 });
      const cordon = { node, from: startedAt - 2_000, to: startedAt + 2_000 };
      if (node !== trial.cordonedBefore) seen.nodes.cordons.push(cordon);
    }
  }
  return Object.defineProperty(seen, 'budgets', { value: looked(seen.budgets) });
}

/** As after a first look. */
function looked(budgets: BudgetWatcher): BudgetWatcher {
  return Object.defineProperty(budgets, 'looks', { value: 10 });
}

export function absencesOf({ ofMembers }: EtcdWatcher, node: string) {
  const known = ofMembers.get(node) ?? [];
  ofMembers.set(node, known);
  return known;
}

function stateOf({ nodes, controlPlanes, cordonedBefore, to }: Trial): SpoilableEvidence['state'] {
  return {
    nodes: nodes.map(name => ({
      name,
      ready: true,
      cordoned: name === cordonedBefore,
      kubelet: to.version,
      annotations: '{"volumes.kubernetes.io/controller-managed-attach-detach":"true"}',
    })),
    images: [
      ...controlPlanes.flatMap(() => [
        `kube-apiserver:${to.version}`,
        `kube-controller-manager:${to.version}`,
        `kube-scheduler:${to.version}`,
        `etcd:${to.etcd}`,
      ]),
      ...nodes.map(() => `kube-proxy:${to.version}`),
      ...[1, 2].map(() => `coredns:${to.coredns}`),
    ],
    leases: [],
    jobs: [],
  };
}
