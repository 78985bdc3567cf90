import type { LabelSelector } from '../cluster/selector.ts';
import type { KubernetesVersion, Minor } from '../version/kubernetes-version.ts';

/** What the user asked for. */
export interface PlanRequest {
  readonly target: Target;
  readonly strategy: 'rolling';
  readonly only: 'control-plane' | 'workers' | undefined;
  /** The name of a pool, or `label=value`; in any case. Never together with `nodes`. */
  readonly pool?: string;
  /** Names of nodes, sorted, each once. */
  readonly nodes?: readonly string[];
  /** Kubelets of workers skip hops as far as the version-skew policy lets them. */
  readonly fewestDrains?: boolean;
  /** Never empty. */
  readonly drain?: DrainOptions;
}

/** How this plan has nodes drained, whatever the policy says of it. The words are kubectl drain's. */
export interface DrainOptions {
  readonly force?: boolean;
  readonly deleteEmptyDirData?: boolean;
  /** For every pod instead of its own grace period; -1: its own, whatever the policy says. */
  readonly graceSeconds?: number;
  readonly skipWaitForDeleteTimeoutSeconds?: number;
  readonly podSelector?: LabelSelector;
  readonly order?: 'together' | 'priority';
}

/** `next` is the next minor, `patch` the newest patch of the present minor, `latest` the newest supported minor. */
export type Target =
  | { readonly kind: 'next' }
  | { readonly kind: 'patch' }
  | { readonly kind: 'latest' }
  | { readonly kind: 'minor'; readonly minor: Minor }
  | { readonly kind: 'version'; readonly version: KubernetesVersion };
