import {
  compareVersions,
  formatVersion,
  type KubernetesVersion,
  minorsBetween,
} from '../version/kubernetes-version.ts';
import { findSkew, type RunningComponent, type SkewFinding } from '../version/skew.ts';
import type { Hop, Phase } from './plan.ts';
import { isStaticPod } from './standing.ts';

/** A skew that a step of the chain would bring about. */
export interface SkewOnTheWay {
  /** Names the step. */
  readonly sentence: string;
  readonly component: RunningComponent;
  readonly against: RunningComponent;
}

/**
 * Every skew that the chain would newly bring about, or make worse, checked after each node, with the step that does it.
 * Skew that stands already is not repeated: a plan may be the very way out of it.
 * Workers that run the same kubelet and kube-proxy are alike to every rule, so one of each kind walks for all of them.
 */
export function findSkewOnTheWay(components: readonly RunningComponent[], hops: readonly Hop[]): SkewOnTheWay[] {
  let state = representatives(components, hops);
  const walking = new Set(state.map(component => component.node));
  const known = new Map(findSkew(state).map(fault => [pair(fault), apart(fault)]));
  const faults: SkewOnTheWay[] = [];
  const look = (moved: string, to: KubernetesVersion) => {
    const found = findSkew(state).filter(fault => apart(fault) > (known.get(pair(fault)) ?? 0));
    for (const fault of found) known.set(pair(fault), apart(fault));
    const step = `After ${moved} went to ${formatVersion(to)}`;
    const told = found.map(fault => ({ ...fault, sentence: `${step}: ${fault.sentence}` }));
    faults.push(...told.sort((a, b) => (a.sentence < b.sentence ? -1 : 1)));
  };
  for (const { stages, to } of hops) {
    for (const pass of stages.flatMap(stage => stage.passes)) {
      // kubeadm's files have no version of their own.
      if (pass.phase === 'config') continue;
      for (const node of pass.nodes.filter(({ name }) => walking.has(name))) {
        state = step(state, node.name, pass.phase, to);
        look(node.name, to);
      }
      if (pass.phase !== 'control-plane') continue;
      state = withProxies(state, to);
      look('kube-proxy', to);
    }
  }
  return faults;
}

/** Every skew of what runs `after` that was not there `before`, or that grew. */
export function skewBroughtAbout(
  before: readonly RunningComponent[],
  after: readonly RunningComponent[],
): SkewFinding[] {
  const known = new Map(findSkew(before).map(fault => [pair(fault), apart(fault)]));
  return findSkew(after).filter(fault => apart(fault) > (known.get(pair(fault)) ?? 0));
}

/** What runs once the node is through. */
function step(
  state: readonly RunningComponent[],
  node: string,
  phase: Phase,
  version: KubernetesVersion,
): RunningComponent[] {
  return state.map(component =>
    component.node === node && moves(phase, component.kind) ? { ...component, version } : component,
  );
}

function moves(phase: Phase, kind: string): boolean {
  switch (phase) {
    case 'control-plane':
      return isStaticPod(kind);
    case 'config':
      return false;
    case 'kubelet':
      return kind === 'kubelet';
  }
}

/** kubeadm upgrades the DaemonSet of kube-proxy once every kube-apiserver has the version. */
function withProxies(state: readonly RunningComponent[], version: KubernetesVersion): RunningComponent[] {
  const against = (component: RunningComponent) => compareVersions(component.version, version);
  if (state.some(component => component.kind === 'kube-apiserver' && against(component) !== 0)) return [...state];
  return state.map(component =>
    component.kind === 'kube-proxy' && against(component) < 0 ? { ...component, version } : component,
  );
}

/** All that the control plane runs, and one worker for each combination of versions, planned or left out. */
function representatives(components: readonly RunningComponent[], hops: readonly Hop[]): readonly RunningComponent[] {
  const controlPlane = new Set(components.filter(({ kind }) => isStaticPod(kind)).map(({ node }) => node));
  const planned = plannedNodes(hops);
  const kept: RunningComponent[] = [];
  const workers = new Map<string, RunningComponent[]>();
  for (const component of components) {
    const { node } = component;
    const own = node === undefined ? undefined : workers.get(node);
    if (node === undefined || controlPlane.has(node)) kept.push(component);
    else if (own) own.push(component);
    else workers.set(node, [component]);
  }
  const classes = new Map<string, string>();
  for (const [node, own] of workers) {
    const alike = `${own.map(signature).sort().join()} ${planned.has(node)}`;
    const known = classes.get(alike);
    // The first by name speaks for them, in whatever order they were listed.
    if (known === undefined || node < known) classes.set(alike, node);
  }
  return [...kept, ...[...classes.values()].flatMap(node => workers.get(node) ?? [])];
}

function plannedNodes(hops: readonly Hop[]): ReadonlySet<string> {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  return new Set(passes.flatMap(pass => pass.nodes.map(node => node.name)));
}

function signature({ kind, version }: RunningComponent): string {
  return `${kind} ${formatVersion(version)}`;
}

/** Too new and too old are not the same fault. */
function pair({ component, against }: SkewFinding): string {
  const isOlder = compareVersions(component.version, against.version) < 0;
  return `${component.kind} ${component.node} ${against.kind} ${isOlder}`;
}

function apart({ component, against }: SkewFinding): number {
  return Math.abs(minorsBetween(component.version, against.version));
}

/** What runs where once the whole chain is through. */
export function componentsAfter(components: readonly RunningComponent[], hops: readonly Hop[]): RunningComponent[] {
  let state = [...components];
  for (const { stages, to } of hops) {
    for (const { phase, nodes } of stages.flatMap(stage => stage.passes)) {
      const names = new Set<string | undefined>(nodes.map(({ name }) => name));
      state = state.map(component =>
        names.has(component.node) && moves(phase, component.kind) ? { ...component, version: to } : component,
      );
      if (phase === 'control-plane') state = withProxies(state, to);
    }
  }
  return state;
}
