import type { Component } from '../cluster/snapshot.ts';
import {
  compareVersions,
  formatVersion,
  type KubernetesVersion,
  type Minor,
  minorsBetween,
} from '../version/kubernetes-version.ts';
import type { RunningComponent } from '../version/skew.ts';
import type { Phase } from './plan.ts';
import { isProven } from './skips.ts';
import { isStaticPod } from './standing.ts';
import { skewBroughtAbout } from './walk.ts';

/** A work that is about to begin, and what runs around it at that moment. */
export interface Turn {
  readonly node: string;
  readonly phase: Phase;
  readonly to: KubernetesVersion;
  /** Of the node. */
  readonly kubelet: KubernetesVersion | undefined;
  /** What the control plane runs; its API server alone where it runs out of sight. */
  readonly controlPlane: readonly Component[];
  /** Kubelets of every node, where `raisesNewest`. */
  readonly kubelets: readonly RunningComponent[];
}

/**
 * Why the work may not begin as the cluster stands, in sentences; undefined where it may. What the plan's order makes sure
 * of, once more from the cluster itself: an order that was tampered with, or a node that came since, breaks no rule of
 * the version-skew policy. Linear in what was looked at.
 */
export function whyNotItsTurn(turn: Turn): string | undefined {
  const [unreadable] = turn.controlPlane.filter(({ kind, version }) => isStaticPod(kind) && !version);
  if (unreadable) {
    return `The version of ${placed(unreadable)} cannot be told (${unreadable.text}), and with it not what may run beside it.`;
  }
  switch (turn.phase) {
    case 'control-plane':
      return whyNotControlPlane(turn);
    case 'config':
      return whyBeforeControlPlane(turn);
    case 'kubelet':
      return whyBeforeControlPlane(turn) ?? whyTooFar(turn);
  }
}

/** Whether some kube-apiserver would be of a minor that none is of so far: then every kubelet may fall too far behind. */
export function raisesNewest({ phase, to, controlPlane }: Omit<Turn, 'kubelets'>): boolean {
  return phase === 'control-plane' && versionsOf('kube-apiserver', controlPlane).every(version => isOlder(version, to));
}

/**
 * The first control-plane node of a hop applies the new version to the cluster, the others take it over from there
 * (kubeadm upgrade). `pass`: all nodes that were approved for it; those of them that stand at the version are through.
 */
export function kubeadmCommand(
  { node, to, controlPlane }: Pick<Turn, 'node' | 'to' | 'controlPlane'>,
  pass: readonly string[],
): 'apply' | 'node' {
  const isThrough = (name: string) => {
    const own = staticPodsOn(name, controlPlane);
    return own.length > 0 && own.every(({ version }) => version && compareVersions(version, to) >= 0);
  };
  return pass.some(name => name !== node && isThrough(name)) ? 'node' : 'apply';
}

/** version-skew-policy: a kubelet is never newer than any kube-apiserver it may reach. */
function whyBeforeControlPlane({ controlPlane, to }: Turn): string | undefined {
  const apiservers = controlPlane.filter(({ kind }) => kind === 'kube-apiserver');
  if (apiservers.length === 0) return 'No kube-apiserver can be seen, so it cannot be told which kubelets it bears.';
  const late = apiservers.find(({ version }) => version && compareVersions(version, to) < 0);
  return late && `${versioned(late)} is not at ${formatVersion(to)} yet: the control plane comes before kubelets.`;
}

/**
 * kubeadm and kubelet go from one minor to the next, unless more at once were seen to go well. What the control plane was
 * when kubeadm prepared the host for those in between cannot be seen any more: the plan made sure of it.
 */
function whyTooFar({ node, kubelet, to }: Turn): string | undefined {
  if (!kubelet) return `The version of the kubelet on ${node} cannot be told.`;
  if (minorsBetween(to, kubelet) <= 1 || isProven({ node, from: kubelet, to, ahead: undefined })) return undefined;
  return `The kubelet on ${node} is ${formatVersion(kubelet)}: it cannot go to ${formatVersion(to)} at once.`;
}

function whyNotControlPlane({ node, to, controlPlane, kubelets }: Turn): string | undefined {
  const own = staticPodsOn(node, controlPlane);
  if (own.length === 0) return `No static pod of a control plane can be seen on ${node}.`;
  const newer = own.find(({ version }) => version && compareVersions(version, to) > 0);
  if (newer) return `${versioned(newer)} is newer than ${formatVersion(to)}, and kubeadm would take it back.`;
  const older = own.find(({ version }) => version && minorsBetween(to, version) > 1);
  if (older) return `${versioned(older)} cannot go to ${formatVersion(to)} at once: kubeadm goes from minor to minor.`;
  const before = [...controlPlane.flatMap(running), ...kubelets];
  const after = before.map(each =>
    each.node === node && isStaticPod(each.kind) ? { ...each, version: newest(each.version, to) } : each,
  );
  const [first, ...more] = skewBroughtAbout(before, after);
  if (!first) return undefined;
  const others = more.length > 0 ? ` And ${more.length} more.` : '';
  return `With the control plane of ${node} at ${formatVersion(to)}, ${first.sentence}${others}`;
}

function staticPodsOn(node: string, components: readonly Component[]): Component[] {
  return components.filter(each => each.node === node && isStaticPod(each.kind));
}

function running({ kind, node, version }: Component): RunningComponent[] {
  return version && isStaticPod(kind) ? [{ kind, node, version }] : [];
}

function versionsOf(wanted: string, components: readonly Component[]): KubernetesVersion[] {
  return components.flatMap(({ kind, version }) => (kind === wanted && version ? [version] : []));
}

function isOlder(version: Minor, than: Minor): boolean {
  return minorsBetween(version, than) < 0;
}

function newest(a: KubernetesVersion, b: KubernetesVersion): KubernetesVersion {
  return compareVersions(a, b) >= 0 ? a : b;
}

function placed({ kind, node }: Component): string {
  return node === undefined ? kind : `${kind} on ${node}`;
}

function versioned(component: Component): string {
  const { version, text } = component;
  return `${placed(component)} (${version ? formatVersion(version) : text})`;
}
