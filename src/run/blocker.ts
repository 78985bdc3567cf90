/** A pod that does not leave its node, and why. */
export interface Blocker {
  /** `namespace/name`. */
  readonly pod: string;
  readonly uid: string;
  readonly ready: boolean;
  /** `Deployment/web`; empty where nothing controls it. */
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly cause: BlockerCause;
}

export type BlockerCause =
  | { readonly kind: 'budget'; readonly budget: BlockingBudget }
  /** `namespace/name` of several budgets on one pod, which let nobody evict it. */
  | { readonly kind: 'budgets'; readonly names: readonly string[] }
  /** What admission says, in the words of the API server, which name `by`. */
  | { readonly kind: 'denied'; readonly by: Admission; readonly detail: string }
  /**
   * The API server says neither yes nor no. `detail` is what it answers with `code`; where none comes, the end of a sentence
   * about it.
   */
  | { readonly kind: 'trouble'; readonly code: number | undefined; readonly detail: string }
  /** In the words of the API server. */
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'stopping'; readonly graceSeconds: number };

/**
 * Whether it could help to delete the pod past its budgets. Not one that is stopping, nor where the server has too much to do
 * or gives no answer; where it fails (5xx) at evictions, a deletion, which asks for no budgets, may pass.
 */
export function isForcible({ cause }: Pick<Blocker, 'cause'>): boolean {
  switch (cause.kind) {
    case 'budget':
    case 'budgets':
    case 'denied':
    case 'refused':
      return true;
    case 'trouble':
      return cause.code !== undefined && cause.code >= 500;
    case 'stopping':
      return false;
  }
}

/** An admission webhook, or a ValidatingAdmissionPolicy. */
interface Admission {
  readonly kind: 'webhook' | 'policy';
  readonly name: string;
}

/** A disruption budget as it stands; its numbers are its status's. */
export interface BlockingBudget {
  /** `namespace/name`. */
  readonly name: string;
  /** As written: `minAvailable: 2`. */
  readonly rule: string;
  readonly healthy: number;
  readonly desired: number;
  readonly expected: number;
  readonly allowed: number;
  /** Of those that are not healthy: pods whose eviction was let pass, and whose deletion has not been seen. */
  readonly evicting: number;
  /** `unhealthyPodEvictionPolicy: AlwaysAllow`. */
  readonly alwaysEvictUnhealthy: boolean;
}
