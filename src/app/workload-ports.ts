export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'ReplicaSet';

export interface WorkloadStanding {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  /** Pods that are ready, and how many the spec asks for. */
  readonly ready: number;
  readonly wanted: number;
}

export interface WorkloadControl {
  /** All of this kind in the namespace now, then again at every change. Heals itself; ends only with the signal. */
  watch(kind: WorkloadKind, namespace: string, signal: AbortSignal): AsyncIterable<readonly WorkloadStanding[]>;
}

/** How things stood before the first pod of a node was evicted: what they have to come back to. */
export interface Baseline {
  /** `namespace/name` of DaemonSets whose pod on the node was not ready. */
  readonly ailing: readonly string[];
  /** What owned the pods that the drain moves. */
  readonly workloads: readonly WorkloadBaseline[];
}

export interface WorkloadBaseline {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly ready: number;
}
