import { type Calendar, newestPatch } from '../version/calendar.ts';
import { compareVersions, type KubernetesVersion, type Minor, minorsBetween } from '../version/kubernetes-version.ts';
import type { Hop, Pass, PlannedNode, Stage } from './plan.ts';
import type { NodeStanding } from './standing.ts';
import type { Scope } from './target.ts';

/** What the chain is made from. Nodes of the scope stand in the order in which they are upgraded. */
export interface ChainInput {
  readonly scope: Scope;
  readonly target: KubernetesVersion;
  readonly calendar: Calendar;
  /** Every version that runs in the cluster: such a version exists, even when the calendar is too old to list it. */
  readonly running: readonly KubernetesVersion[];
}

/** One hop for each minor on the way, never two minors at once. Empty when everything stands at the target. */
export function buildHops(input: ChainInput): Hop[] {
  const { scope, target } = input;
  const hops: Hop[] = [];
  let from = oldestOf(scope);
  while (from && compareVersions(from, target) < 0) {
    const final = minorsBetween(target, from) <= 1;
    const to: KubernetesVersion = final ? target : waypoint({ major: from.major, minor: from.minor + 1 }, input);
    // On the way only a minor counts: a node that already has it gains nothing from a patch that the next hop replaces.
    const isBehind: IsBehind = version => (final ? compareVersions(version, to) : minorsBetween(version, to)) < 0;
    hops.push({ from, to, stages: stagesTo(scope, isBehind) });
    from = to;
  }
  return hops;
}

type IsBehind = (version: KubernetesVersion) => boolean;

/**
 * Which patch of a minor on the way: that of the control-plane nodes that already have this minor, so that no kubelet
 * comes to be newer than a kube-apiserver; the newest where none has.
 */
function waypoint(minor: Minor, { scope, calendar, running }: ChainInput): KubernetesVersion {
  const standing = scope.controlPlane
    .flatMap(({ controlPlane }) => (controlPlane ? [controlPlane] : []))
    .filter(version => minorsBetween(version, minor) === 0)
    .sort(compareVersions)[0];
  return plain(standing ?? newestPatch(calendar, minor, running) ?? { ...minor, patch: 0 });
}

function stagesTo(scope: Scope, isBehind: IsBehind): Stage[] {
  const behind = scope.controlPlane.filter(({ controlPlane }) => controlPlane && isBehind(controlPlane));
  const controlPlane = [
    ...passOf(
      'control-plane',
      behind.map((standing, place) => planned(standing, place === 0 ? 'apply' : 'node')),
    ),
    ...kubeletPass(scope.controlPlane, isBehind),
  ];
  const workers = kubeletPass(scope.workers, isBehind);
  return [
    ...(controlPlane.length > 0 ? [{ kind: 'control-plane', passes: controlPlane } as const] : []),
    ...(workers.length > 0 ? [{ kind: 'workers', passes: workers } as const] : []),
  ];
}

function kubeletPass(nodes: readonly NodeStanding[], isBehind: IsBehind): Pass[] {
  const behind = nodes.filter(({ kubelet }) => isBehind(kubelet));
  return passOf(
    'kubelet',
    behind.map(standing => planned(standing, undefined)),
  );
}

function passOf(phase: Pass['phase'], nodes: readonly PlannedNode[]): Pass[] {
  return nodes.length > 0 ? [{ phase, nodes }] : [];
}

function planned({ node, kubelet }: NodeStanding, kubeadm: PlannedNode['kubeadm']): PlannedNode {
  return { name: node.name, uid: node.uid, role: node.role, version: kubelet, kubeadm };
}

function oldestOf(scope: Scope): KubernetesVersion | undefined {
  const versions = [...scope.controlPlane, ...scope.workers].flatMap(({ kubelet, controlPlane }) =>
    controlPlane ? [kubelet, controlPlane] : [kubelet],
  );
  const [oldest] = versions.sort(compareVersions);
  return oldest && plain(oldest);
}

function plain({ vendor: _, ...version }: KubernetesVersion): KubernetesVersion {
  return version;
}
