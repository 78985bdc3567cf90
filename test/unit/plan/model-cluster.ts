import type { ClusterSnapshot, Component } from '../../../src/cluster/snapshot.ts';
import type { Phase, Plan, StageKind } from '../../../src/plan/plan.ts';
import { compareVersions, formatVersion, type KubernetesVersion } from '../../../src/version/kubernetes-version.ts';
import { component } from './cluster-builder.ts';

/** One work of a plan, in the order in which a run does them. */
export interface PlannedWork {
  readonly to: KubernetesVersion;
  readonly stage: StageKind;
  readonly phase: Phase;
  readonly node: string;
}

export function worksOf({ hops }: Plan): PlannedWork[] {
  return hops.flatMap(({ to, stages }) =>
    stages.flatMap(({ kind, passes }) =>
      passes.flatMap(({ phase, nodes }) => nodes.map(({ name }) => ({ to, stage: kind, phase, node: name }))),
    ),
  );
}

/** `v1.36.4 workers/kubelet w-1` */
export function spelled({ to, stage, phase, node }: PlannedWork): string {
  return `${formatVersion(to)} ${stage}/${phase} ${node}`;
}

/** In the order in which kubeadm replaces them. */
const STATIC_PODS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;

/** The cluster after each step of a work, in the order of kubeadm's own documentation; the last is the work's end. */
export function statesAfter(snapshot: ClusterSnapshot, { phase, node, to }: PlannedWork): ClusterSnapshot[] {
  switch (phase) {
    case 'config':
      return [snapshot];
    case 'kubelet':
      return [
        {
          ...snapshot,
          nodes: snapshot.nodes.map(each =>
            each.name === node ? { ...each, kubelet: to, kubeletText: formatVersion(to) } : each,
          ),
        },
      ];
    case 'control-plane':
      return controlPlaneStates(snapshot, node, to);
  }
}

function controlPlaneStates(snapshot: ClusterSnapshot, node: string, to: KubernetesVersion): ClusterSnapshot[] {
  const states: ClusterSnapshot[] = [];
  let state = snapshot;
  for (const kind of STATIC_PODS) {
    state = moved(state, to, each => each.kind === kind && each.node === node);
    states.push(state);
  }
  // kubeadm upgrades the DaemonSet of kube-proxy with the last kube-apiserver.
  const apiservers = state.components.filter(({ kind }) => kind === 'kube-apiserver');
  if (apiservers.some(({ version }) => version && compareVersions(version, to) !== 0)) return states;
  return [
    ...states,
    moved(state, to, ({ kind, version }) => kind === 'kube-proxy' && !!version && compareVersions(version, to) < 0),
  ];
}

function moved(snapshot: ClusterSnapshot, to: KubernetesVersion, moves: (each: Component) => boolean): ClusterSnapshot {
  return {
    ...snapshot,
    components: snapshot.components.map(each =>
      moves(each) ? component(each.kind, each.node, formatVersion(to)) : each,
    ),
  };
}

/** The cluster after all these works. */
export function clusterAfter(snapshot: ClusterSnapshot, works: readonly PlannedWork[]): ClusterSnapshot {
  return works.reduce((state, work) => statesAfter(state, work).at(-1) ?? state, snapshot);
}

/**
 * Every pair that the version-skew policy forbids, with how many minors it is too far apart, in the words of
 * kubernetes.io/releases/version-skew-policy and of nothing else: no part of the product has been asked.
 */
export function forbidden({ components, nodes }: ClusterSnapshot): Map<string, number> {
  const at = (kind: string) => components.filter(each => each.kind === kind && each.version);
  const minorOf = ({ version }: Component) => version?.minor ?? Number.NaN;
  const apiservers = at('kube-apiserver');
  const found = new Map<string, number>();
  if (apiservers.length === 0) return found;
  const oldest = Math.min(...apiservers.map(minorOf));
  const newest = Math.max(...apiservers.map(minorOf));
  const atMost = (minors: number, most: number, what: string) => {
    if (minors > most) found.set(what, minors - most);
  };
  atMost(newest - oldest, 1, 'kube-apiservers are more than one minor apart');
  for (const kind of ['kube-controller-manager', 'kube-scheduler']) {
    for (const each of at(kind)) {
      const own = apiservers.find(({ node }) => node === each.node);
      if (!own) continue;
      atMost(minorOf(each) - minorOf(own), 0, `${kind} ${each.node} is newer than its kube-apiserver`);
      atMost(minorOf(own) - minorOf(each), 1, `${kind} ${each.node} is too old for its kube-apiserver`);
    }
  }
  for (const { name, kubelet } of nodes) {
    if (!kubelet) continue;
    atMost(kubelet.minor - oldest, 0, `kubelet ${name} is newer than a kube-apiserver`);
    atMost(newest - kubelet.minor, kubelet.minor < 25 ? 2 : 3, `kubelet ${name} is too old`);
  }
  for (const proxy of at('kube-proxy')) {
    const minor = minorOf(proxy);
    const most = minor < 25 ? 2 : 3;
    const { kubelet } = nodes.find(({ name }) => name === proxy.node) ?? {};
    atMost(minor - oldest, 0, `kube-proxy ${proxy.node} is newer than a kube-apiserver`);
    atMost(newest - minor, most, `kube-proxy ${proxy.node} is too old`);
    if (kubelet) atMost(Math.abs(kubelet.minor - minor), most, `kube-proxy ${proxy.node} is too far from its kubelet`);
  }
  return found;
}
