import { compareVersions, formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { findSkew, type RunningComponent, type SkewFinding } from '../version/skew.ts';
import type { Hop, Phase } from './plan.ts';
import { isStaticPod } from './standing.ts';

/**
 * Every skew that the chain would newly bring about, checked after each node, with the step that does it. Skew that
 * stands already is not repeated: a plan may be the very way out of it.
 * Workers that run the same kubelet and kube-proxy are alike to every rule, so one of each kind walks for all of them.
 */
export function findSkewOnTheWay(components: readonly RunningComponent[], hops: readonly Hop[]): string[] {
  let state = representatives(components, hops);
  const walking = new Set(state.map(component => component.node));
  const known = new Set(findSkew(state).map(pair));
  const faults: string[] = [];
  const look = (moved: string, to: KubernetesVersion) => {
    const found = findSkew(state).filter(fault => !known.has(pair(fault)));
    for (const fault of found) known.add(pair(fault));
    const sentences = found.map(({ sentence }) => `After ${moved} went to ${formatVersion(to)}: ${sentence}`);
    faults.push(...sentences.sort());
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
      state = state.map(component => withProxy(component, to));
      look('kube-proxy', to);
    }
  }
  return faults;
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

/** kubeadm upgrades the kube-proxy DaemonSet once every control-plane node is through. */
function withProxy(component: RunningComponent, version: KubernetesVersion): RunningComponent {
  const older = component.kind === 'kube-proxy' && compareVersions(component.version, version) < 0;
  return older ? { ...component, version } : component;
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

function pair({ component, against }: SkewFinding): string {
  return `${component.kind} ${component.node} ${against.kind}`;
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
      if (phase === 'control-plane') state = state.map(component => withProxy(component, to));
    }
  }
  return state;
}
