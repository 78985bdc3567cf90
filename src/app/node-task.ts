import type { PodView } from '../cluster/snapshot.ts';
import type { Phase } from '../plan/plan.ts';
import type { DrainOptions } from '../plan/request.ts';
import type { PrometheusPolicy } from '../policy/policy.ts';
import type { Blocker } from '../run/blocker.ts';
import type { ClosedGate, Step } from '../run/run.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import type { Deadline } from './deadline.ts';
import type { DrainRules } from './drain.ts';
import type { Driver } from './driver-ports.ts';
import type { GateSettings } from './gate-steps.ts';
import type { MetricQueries } from './gates/prometheus.ts';
import type { Orders } from './orders.ts';
import type { Clock, CordonRules, NodeControl, PodControl, Records, RunLease, Surroundings } from './ports.ts';
import type { Reached, StepTimeouts } from './step-limits.ts';
import type { Baseline, VolumeControl, WorkloadControl } from './workload-ports.ts';

/** One phase of one node, taken from the approved plan. */
export interface NodeTask {
  readonly run: string;
  readonly work: string;
  readonly attempt: number;
  readonly node: string;
  readonly uid: string;
  readonly phase: Phase;
  /** Every node that was approved for this pass, by name. */
  readonly pass: readonly string[];
  /** Whether the node carries a part of the control plane, or all of it. */
  readonly controlPlane: 'none' | 'part' | 'all';
  readonly from: KubernetesVersion;
  readonly to: KubernetesVersion;
  readonly ignorePreflightErrors: readonly string[];
  /** What the plan says of drains, over the policy. */
  readonly drain?: DrainOptions | undefined;
  readonly reached: Reached;
}

export interface RecipeSettings extends StepTimeouts, GateSettings {
  readonly drain: DrainRules & CordonRules;
  /** For how long a control plane of one node must have been well again before pods are moved elsewhere. */
  readonly settleSeconds: number;
  /** After how long a drain says what keeps it. */
  readonly blockedAfterSeconds: number;
}

export interface RecipePorts {
  readonly nodes: NodeControl;
  readonly pods: PodControl;
  readonly workloads: WorkloadControl;
  readonly volumes: VolumeControl;
  readonly prometheus: (from: PrometheusPolicy) => MetricQueries;
  readonly baselines: Pick<Records<Baseline>, 'get' | 'create'>;
  readonly lease: RunLease;
  readonly surroundings: Surroundings;
  readonly driver: Driver;
  readonly clock: Clock;
  /** UID of the pod that does all this, where it runs in the cluster. */
  readonly ownPod?: string | undefined;
  readonly settings: RecipeSettings;
  readonly orders: Orders;
  /** False: the run does not want the step any more, or not yet; its orders say which. */
  readonly onStep: (step: Step) => Promise<boolean>;
  /** A pod was deleted by order, past its budget. */
  readonly onDeleted: (pod: PodView) => Promise<void>;
  readonly onBlocked: (blockers: readonly Blocker[]) => Promise<void>;
  /** What the gates wait for has changed; `overdue`: for so long that people should know. */
  readonly onWaiting: (closed: readonly ClosedGate[], overdue: boolean) => Promise<void>;
  /** These pods (`namespace/name`) have to wait until whoever had cordoned the node before uncordons it. */
  readonly onTied: (pods: readonly string[]) => Promise<void>;
  /** The node takes pods again whose host we had declared to be off; may be said again by each worker. */
  readonly onBackInService: () => Promise<void>;
  /** What the workloads had before the drain is not known any more; may be said again by each worker. */
  readonly onBaselineLost: () => Promise<void>;
  /** Somebody uncordoned the node, and it was cordoned once more; may be said again by each worker. */
  readonly onRecordoned: (hostAtWork: boolean) => Promise<void>;
}

/** Carries out one step of the recipe once the run wants it, within its time. */
export type RunStep = <T>(name: Step, act: (deadline: Deadline) => Promise<T>) => Promise<T>;
