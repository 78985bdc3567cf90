import { type Calendar, newestPatch } from '../version/calendar.ts';
import { compareVersions, type KubernetesVersion, type Minor, minorsBetween } from '../version/kubernetes-version.ts';
import type { Hop, Pass, PlannedNode, Stage } from './plan.ts';
import type { Scope } from './scope.ts';
import { mayStayBehind, type Skip } from './skips.ts';
import type { NodeStanding } from './standing.ts';

/** What the chain is made from. Nodes of the scope stand in the order in which they are upgraded. */
export interface ChainInput {
  readonly scope: Scope;
  readonly target: KubernetesVersion;
  readonly calendar: Calendar;
  /** Every version that runs in the cluster: such a version exists, even when the calendar is too old to list it. */
  readonly running: readonly KubernetesVersion[];
  /** Versions on the way that were approved once: taken again, whatever patches came out since. */
  readonly via: readonly KubernetesVersion[];
  readonly fewestDrains: boolean;
}

export interface Chain {
  readonly hops: readonly Hop[];
  /** Hops that a kubelet is spared. */
  readonly skips: readonly Skip[];
}

/** One hop for each minor on the way, never two minors at once. Empty when everything stands at the target. */
export function buildChain(input: ChainInput): Chain {
  const steps = stepsOf(input);
  const kubelets = new Map(input.scope.workers.map(({ node, kubelet }) => [node.name, kubelet]));
  const ahead = new Map<string, Minor>();
  const hops: Hop[] = [];
  const skips: Skip[] = [];
  for (const [place, step] of steps.entries()) {
    const next = input.fewestDrains ? steps[place + 1]?.to : undefined;
    const workers = workersAt(step, next, input, kubelets);
    const beyond = controlPlaneBeyond(step.to, input.scope);
    for (const { node } of workers.staying) if (beyond) ahead.set(node.name, beyond);
    for (const { node } of workers.moving) {
      const from = kubelets.get(node.name);
      if (from && minorsBetween(step.to, from) > 1 && input.fewestDrains)
        skips.push({ node: node.name, from, to: step.to, ahead: ahead.get(node.name) });
      kubelets.set(node.name, step.to);
    }
    const stages = [
      ...stageOf('control-plane', controlPlanePasses(step, input.scope)),
      ...stageOf('workers', [...passOf('config', workers.staying), ...passOf('kubelet', workers.moving)]),
    ];
    hops.push({ from: step.from, to: step.to, stages });
  }
  return { hops, skips };
}

/** The newest of the control plane, where it is of a later minor than this hop brings it to. */
function controlPlaneBeyond(to: Minor, { controlPlane, ceiling }: Scope): KubernetesVersion | undefined {
  const running = [...controlPlane.map(({ ahead }) => ahead), ceiling].filter(version => version !== undefined);
  return running
    .filter(version => minorsBetween(version, to) > 0)
    .sort(compareVersions)
    .at(-1);
}

/** Drains, and those that nodes are spared: in each of these kubeadm runs, and the node keeps its kubelet and its pods. */
export function countDrains(hops: readonly Hop[]): { readonly planned: number; readonly saved: number } {
  const passes = hops.flatMap(({ stages }) => stages).flatMap(stage => stage.passes);
  const nodesIn = (wanted: Pass['phase']) =>
    passes.reduce((sum, { phase, nodes }) => sum + (phase === wanted ? nodes.length : 0), 0);
  return { planned: nodesIn('kubelet'), saved: nodesIn('config') };
}

interface StepOfChain {
  readonly from: KubernetesVersion;
  readonly to: KubernetesVersion;
  /** On the way only a minor counts: a kubelet that already has it gains nothing from a patch that the next hop replaces. */
  readonly final: boolean;
}

function stepsOf(input: ChainInput): StepOfChain[] {
  const { scope, target } = input;
  const steps: StepOfChain[] = [];
  let from = oldestOf(scope);
  while (from && compareVersions(from, target) < 0) {
    const final = minorsBetween(target, from) <= 1;
    const to: KubernetesVersion = final ? target : waypoint({ major: from.major, minor: from.minor + 1 }, input);
    steps.push({ from, to, final });
    from = to;
  }
  return steps;
}

/**
 * Which patch of a minor on the way: the oldest of the control-plane nodes that already have this minor, so that no
 * kubelet comes to be newer than a kube-apiserver; the newest where none has. A node that was left between two minors
 * must not go back: then its newest static pod says how far the others come along.
 */
function waypoint(minor: Minor, { scope, calendar, running, via }: ChainInput): KubernetesVersion {
  const isHere = (version: KubernetesVersion) => minorsBetween(version, minor) === 0;
  const nodes = scope.controlPlane.flatMap(({ controlPlane: old, ahead }) => (old && ahead ? [{ old, ahead }] : []));
  // A pre-release is passed by: no repository of stable packages has it for the kubelets.
  const isOut = ({ old, ahead }: (typeof nodes)[number]) =>
    old.prerelease === undefined && ahead.prerelease === undefined;
  const through = nodes.filter(isOut).flatMap(({ old, ahead }) => (isHere(old) && isHere(ahead) ? [old] : []));
  const between = nodes.flatMap(({ old, ahead }) => (isHere(ahead) && !isHere(old) ? [ahead] : []));
  const [oldest] = through.sort(compareVersions);
  const chosen = oldest ?? via.find(isHere) ?? newestPatch(calendar, minor, running) ?? { ...minor, patch: 0 };
  return plain([chosen, ...between].sort(compareVersions).at(-1) ?? chosen);
}

function controlPlanePasses({ to, final }: StepOfChain, { controlPlane }: Scope): Pass[] {
  const behind = controlPlane.filter(
    // One whose newest pod is of the next minor already is brought there at once: kubeadm would take that pod back.
    ({ controlPlane: old, ahead }) => old && ahead && compareVersions(old, to) < 0 && compareVersions(ahead, to) <= 0,
  );
  const kubelets = controlPlane.filter(({ kubelet }) => isBehind(kubelet, to, final));
  const kubeadm = behind.map((standing, place) => planned(standing, place === 0 ? 'apply' : 'node'));
  return [
    ...(kubeadm.length > 0 ? [{ phase: 'control-plane', nodes: kubeadm } as const] : []),
    ...passOf('kubelet', kubelets),
  ];
}

/** Those whose kubelet gets the hop's version, and those that only run its kubeadm because their kubelet may wait. */
function workersAt(
  { to, final }: StepOfChain,
  next: KubernetesVersion | undefined,
  { scope }: ChainInput,
  kubelets: ReadonlyMap<string, KubernetesVersion>,
): { readonly staying: readonly NodeStanding[]; readonly moving: readonly NodeStanding[] } {
  const staying: NodeStanding[] = [];
  const moving: NodeStanding[] = [];
  for (const standing of scope.workers) {
    const kubelet = kubelets.get(standing.node.name) ?? standing.kubelet;
    if (!isBehind(kubelet, to, final)) continue;
    if (next && mayStayBehind(kubelet, newer(next, scope.ceiling))) staying.push(standing);
    else moving.push(standing);
  }
  return { staying, moving };
}

function isBehind(version: KubernetesVersion, to: KubernetesVersion, final: boolean): boolean {
  return (final ? compareVersions(version, to) : minorsBetween(version, to)) < 0;
}

function stageOf(kind: Stage['kind'], passes: readonly Pass[]): Stage[] {
  return passes.length > 0 ? [{ kind, passes }] : [];
}

function passOf(phase: Pass['phase'], nodes: readonly NodeStanding[]): Pass[] {
  return nodes.length > 0 ? [{ phase, nodes: nodes.map(standing => planned(standing, undefined)) }] : [];
}

function planned(standing: NodeStanding, kubeadm: PlannedNode['kubeadm']): PlannedNode {
  const { node, kubelet, controlPlane, ahead } = standing;
  const isUneven = controlPlane && ahead && compareVersions(controlPlane, ahead) !== 0;
  const { name, uid, role } = node;
  return { name, uid, role, version: kubelet, controlPlane, ...(isUneven ? { ahead } : {}), kubeadm };
}

function oldestOf(scope: Scope): KubernetesVersion | undefined {
  const versions = [...scope.controlPlane, ...scope.workers].flatMap(({ kubelet, controlPlane }) =>
    controlPlane ? [kubelet, controlPlane] : [kubelet],
  );
  const [oldest] = versions.sort(compareVersions);
  return oldest && plain(oldest);
}

function newer(a: KubernetesVersion, b: KubernetesVersion | undefined): KubernetesVersion {
  return b && compareVersions(b, a) > 0 ? b : a;
}

function plain({ vendor: _, ...version }: KubernetesVersion): KubernetesVersion {
  return version;
}
