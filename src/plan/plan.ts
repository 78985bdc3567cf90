import type { LabelSelector } from '../cluster/selector.ts';
import type { NodeRole } from '../cluster/snapshot.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import type { UnavailableNode } from './availability.ts';
import type { Estimate } from './estimate.ts';
import type { Finding } from './finding.ts';
import type { PlanRequest } from './request.ts';

/** What will be done, to which nodes, in which order. Immutable; approved by its digest. */
export interface Plan {
  readonly id: string;
  readonly cluster: { readonly name: string; readonly uid: string };
  /** Slack user id, or `cli`. */
  readonly requestedBy: string;
  readonly request: PlanRequest;
  /** What every host runs, whoever asked. */
  readonly driver: DriverChoice;
  /** Labels of nodes that come and go: new ones join the run. */
  readonly elasticPools: readonly LabelSelector[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly from: KubernetesVersion;
  readonly to: KubernetesVersion;
  readonly hops: readonly Hop[];
  /** Nodes that stand in the cluster but are left out, and why. */
  readonly excluded: readonly { readonly node: string; readonly why: string }[];
  /** Workers that took no pods then, of all in the cluster: they do not count against the policy's limit. */
  readonly unavailable: readonly UnavailableNode[];
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly estimate: Estimate;
  /** SHA-256, lower-case hex: see `digest.ts` for what it covers. */
  readonly digest: string;
}

/** How nodes are upgraded in place, and which preflight errors of kubeadm do not stop it. */
export interface DriverChoice {
  readonly kind: 'kubeadm';
  /** Sorted, each once. */
  readonly ignorePreflightErrors: readonly string[];
}

/** One minor-version step (or a patch step within a minor). */
export interface Hop {
  readonly from: KubernetesVersion;
  readonly to: KubernetesVersion;
  readonly stages: readonly Stage[];
}

export type StageKind = 'control-plane' | 'workers';

export interface Stage {
  readonly kind: StageKind;
  /** One after the other; the next begins when every node of this one is through. */
  readonly passes: readonly Pass[];
}

/**
 * `control-plane` upgrades static pods with kubeadm, undrained; `config` lets kubeadm migrate the files of a worker whose
 * kubelet skips this hop, undrained; `kubelet` drains and upgrades the kubelet, on workers kubeadm's files before it.
 */
export type Phase = 'control-plane' | 'config' | 'kubelet';

export interface Pass {
  readonly phase: Phase;
  readonly nodes: readonly PlannedNode[];
}

export interface PlannedNode {
  readonly name: string;
  readonly uid: string;
  readonly role: NodeRole;
  /** The kubelet's version when the plan was made. */
  readonly version: KubernetesVersion;
  /** The version of its oldest static pod then; undefined on workers. */
  readonly controlPlane: KubernetesVersion | undefined;
  /** The version of its newest static pod where that was another one: an upgrade had stopped between two of them. */
  readonly ahead?: KubernetesVersion | undefined;
  /** Which kubeadm command the control-plane phase runs; undefined in kubelet passes. */
  readonly kubeadm: 'apply' | 'node' | undefined;
}
