import type { VolumeView } from '../cluster/snapshot.ts';

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
  /** What owned the pods that the drain moves. Those that are `tied` are not counted. */
  readonly workloads: readonly WorkloadBaseline[];
  /** `namespace/name` of pods that only this node may take, which somebody else had cordoned: they have to wait for them. */
  readonly tied: readonly string[];
}

export interface WorkloadBaseline {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly ready: number;
}

/** A volume that is attached to a node, by its PersistentVolume. */
export interface AttachmentView {
  readonly volume: string;
  /** Who attaches and detaches it. */
  readonly driver: string;
}

export interface VolumeControl {
  /** What is attached to the node now, then again at every change. Heals itself; ends only with the signal. */
  watchAttachments(node: string, signal: AbortSignal): AsyncIterable<readonly AttachmentView[]>;
  /** `namespace/name` of the claim that is bound to the volume; undefined where there is none. */
  claimOf(volume: string, signal: AbortSignal): Promise<string | undefined>;
  /** All that are bound to a claim and that not every node can mount alike. */
  local(signal: AbortSignal): Promise<readonly VolumeView[]>;
}
