import type { NodeRole } from '../../../cluster/snapshot.ts';
import type { DeprecatedUse } from '../api/discovery.ts';

/** A cluster as it stands before anybody touches it. */
export interface Scenario {
  readonly name: string;
  /** Of everything that kubeadm installs: `v1.35.4`. */
  readonly version: string;
  readonly nodes: readonly ScenarioNode[];
  readonly workloads: readonly Workload[];
  readonly deprecatedUses?: readonly DeprecatedUse[];
}

export interface ScenarioNode {
  readonly name: string;
  readonly role: NodeRole;
  readonly cpu: string;
  readonly memory: string;
}

export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  /** Not for DaemonSets. */
  readonly replicas?: number;
  readonly cpu: string;
  readonly memory: string;
  /** Simulated seconds from binding to Ready, where it is slower than most. */
  readonly startSeconds?: number;
  readonly budget?: { readonly minAvailable: number | string } | { readonly maxUnavailable: number | string };
  /** Of the system: its DaemonSets run on every node, before the network works; its Deployments where control planes are, too. */
  readonly everywhere?: boolean;
}
