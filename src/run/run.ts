import type { Order } from '../approval/order.ts';
import type { JoinedNode } from '../plan/drift.ts';
import type { Duration } from '../plan/estimate.ts';
import type { Phase, StageKind } from '../plan/plan.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import type { Blocker } from './blocker.ts';
import type { RunNote } from './note.ts';

/** One approved plan being carried out. Changed only by `transition()`. */
export interface RunState {
  readonly id: string;
  readonly planId: string;
  readonly cluster: string;
  readonly digest: string;
  /** Counts transitions; the store replaces a run only where this is the one it read. */
  readonly seq: number;
  readonly startedAt: number;
  readonly status: RunStatus;
  /** Why no further work is started for the moment, as the policy has it; it passes by itself. */
  readonly hold: Hold | undefined;
  /** New nodes of elastic pools, which no approval names: the plan's pools are what lets them take part. */
  readonly joined: readonly JoinedNode[];
  /** Approved nodes that had vanished when the run began, that had nothing left to do, or that left what was asked about. */
  readonly gone: readonly string[];
  readonly finished: readonly string[];
  readonly outside: readonly string[];
  /** Approved nodes of elastic pools that could not take part when the run began. */
  readonly unfit: readonly string[];
  /** Every piece of work of the plan, in the order in which it is done. */
  readonly works: readonly Work[];
  /** Nodes that nobody goes on with, and that are not given back yet: the run does not end before they are. */
  readonly leaving: readonly Leaving[];
}

/** A failed attempt that left something on its node. Its host may be at work still, so it is looked at before. */
export interface Leaving {
  readonly work: string;
  readonly attempt: number;
  /** What it was seen to wait for, as a clause. */
  readonly waitsFor: string | undefined;
}

export interface Hold {
  /** Sentences. */
  readonly why: string;
  readonly since: number;
  /** Until when it stands though this worker's policy does not ask for it; undefined: no longer than that does. */
  readonly until: number | undefined;
}

export type RunStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'paused'; readonly by: string; readonly at: number }
  /** `paused`: who had paused it before the node failed; it is paused again once the failure is dealt with. */
  | {
      readonly kind: 'halted';
      readonly work: string;
      readonly at: number;
      readonly paused: { readonly by: string; readonly at: number } | undefined;
    }
  | { readonly kind: 'aborting'; readonly by: string; readonly at: number }
  | { readonly kind: 'aborted'; readonly by: string; readonly at: number }
  | { readonly kind: 'finished'; readonly at: number };

/** One phase on one node. Works with the same `group` may run side by side; groups run one after the other. */
export interface Work {
  /** `h<hop>-<group>-<node>`; unique in the run, fit for a job id (no colon). */
  readonly key: string;
  readonly group: number;
  readonly hop: number;
  readonly stage: StageKind;
  readonly phase: Phase;
  readonly node: string;
  /** The kubelet's version when the run began. */
  readonly kubelet: KubernetesVersion;
  /** As it was planned, for estimates: what is done, the cluster itself says when its turn comes. */
  readonly kubeadm: 'apply' | 'node' | undefined;
  readonly target: KubernetesVersion;
  readonly state: WorkState;
}

/** The steps of the node recipe. */
export type Step = 'claim' | 'preflight' | 'cordon' | 'drain' | 'upgrade' | 'ready' | 'uncordon' | 'gates';

/** The health questions that a node, and what ran there, has to answer before the next one starts. */
export type GateName = 'host' | 'node' | 'daemon-pods' | 'volumes' | 'workloads' | 'prometheus' | 'soak';

export interface ClosedGate {
  readonly gate: GateName;
  /** A clause. */
  readonly why: string;
}

export type WorkState =
  /** `resumesAt`: what is behind it is done, and not done again. */
  | { readonly kind: 'queued'; readonly attempt: number; readonly resumesAt?: 'gates' }
  | {
      readonly kind: 'active';
      readonly attempt: number;
      readonly step: Step;
      readonly startedAt: number;
      readonly stepSince: number;
      readonly blockers: readonly Blocker[];
      /** When the thread was last told of blockers in this attempt. */
      readonly toldAt: number | undefined;
      /** Gates that have been closed for some time. */
      readonly closed: readonly ClosedGate[];
      /** From when the time of the step is counted: later than `stepSince` where somebody chose to wait, or paused. */
      readonly countedFrom: number;
      /** Who chose last to go on waiting for its blockers, by which order. */
      readonly waiting: { readonly by: string; readonly order: string } | undefined;
      /** Pods that somebody had deleted past their budgets, or is about to have. */
      readonly forced: readonly ForcedPod[];
      /** Somebody gives the node up: it is handed back before the next one begins. */
      readonly skipping: { readonly by: string; readonly at: number } | undefined;
      /** Somebody aborts the run while the node is only waited for: it is handed back as it is. */
      readonly givenUp: { readonly by: string; readonly at: number } | undefined;
    }
  | { readonly kind: 'done'; readonly attempt: number; readonly startedAt: number; readonly finishedAt: number }
  | {
      readonly kind: 'failed';
      readonly attempt: number;
      readonly startedAt: number;
      readonly at: number;
      readonly step: Step;
      readonly reason: string;
      readonly log: readonly string[];
      /** Its kubelet has not reported any more, so that its host may be off. */
      readonly silent?: true;
    }
  | { readonly kind: 'skipped'; readonly by: string; readonly at: number }
  /** Its node left the cluster during the run. */
  | { readonly kind: 'vanished'; readonly at: number };

export interface ForcedPod {
  readonly uid: string;
  /** `namespace/name`. */
  readonly pod: string;
  readonly by: string;
}

export type RunEvent =
  | { readonly kind: 'begin' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'step'; readonly work: string; readonly attempt: number; readonly step: Step }
  | { readonly kind: 'blocked'; readonly work: string; readonly attempt: number; readonly blockers: readonly Blocker[] }
  | { readonly kind: 'done'; readonly work: string; readonly attempt: number }
  | {
      readonly kind: 'failed';
      readonly work: string;
      readonly attempt: number;
      readonly step: Step;
      readonly reason: string;
      readonly log: readonly string[];
      readonly silent?: true;
    }
  /** What its gates wait for. `overdue`: for so long that the thread is told. */
  | {
      readonly kind: 'gated';
      readonly work: string;
      readonly attempt: number;
      readonly closed: readonly ClosedGate[];
      readonly overdue: boolean;
    }
  /** Somebody uncordoned the node meanwhile, and it was cordoned once more. `hostAtWork`: and will be each time. */
  | { readonly kind: 'recordoned'; readonly work: string; readonly attempt: number; readonly hostAtWork: boolean }
  /** Redis has forgotten what the node's workloads had before the drain. */
  | { readonly kind: 'baseline-lost'; readonly work: string; readonly attempt: number }
  /** Only this node may take these pods (`namespace/name`), and somebody else had cordoned it. */
  | { readonly kind: 'tied'; readonly work: string; readonly attempt: number; readonly pods: readonly string[] }
  /** The work had to wait before anything was touched; `why` in sentences, by the policy of the worker that had it. */
  | { readonly kind: 'deferred'; readonly work: string; readonly attempt: number; readonly why: string }
  /** A pod was deleted, as somebody had ordered. */
  | { readonly kind: 'pod-deleted'; readonly work: string; readonly attempt: number; readonly uid: string }
  /** Its node is not in the cluster any more; `replaced`: another one has its name. */
  | {
      readonly kind: 'vanished';
      readonly work: string;
      readonly attempt: number;
      readonly step: Step;
      readonly replaced: boolean;
    }
  /** The work was ended by an order, and its node is given back. `waits`: not yet, for its host may be at work. */
  | { readonly kind: 'stopped'; readonly work: string; readonly attempt: number; readonly waits?: true }
  /** The node of an attempt that is left is as it was, or `gone` from the cluster. */
  | { readonly kind: 'given-back'; readonly work: string; readonly attempt: number; readonly gone?: true }
  /** It cannot be given back yet; `why` is a clause. */
  | { readonly kind: 'give-back-waits'; readonly work: string; readonly attempt: number; readonly why: string }
  | { readonly kind: 'command'; readonly id: string; readonly order: Order; readonly by: string };

/** What must happen next; every effect is idempotent, so doing it twice changes nothing. */
export type RunEffect =
  | { readonly kind: 'start-work'; readonly work: string; readonly attempt: number }
  | { readonly kind: 'note'; readonly id: string; readonly note: RunNote }
  /** Those who carry out its works have to look at the run: somebody's order may concern them. */
  | { readonly kind: 'steer' }
  | { readonly kind: 'show-status' }
  /** Post the table of nodes as it now stands, after a stage. */
  | { readonly kind: 'show-nodes'; readonly id: string; readonly hop: number; readonly stage: StageKind }
  /** Nobody will go on with this attempt: undo what it did to its node, once the host is not at work any more. */
  | { readonly kind: 'give-back'; readonly work: string; readonly attempt: number }
  /** Somebody declares by this order that a host is off: see whether that may be, and tell it the cluster. */
  | { readonly kind: 'out-of-service'; readonly order: string }
  /** A work is done: how long it took tells how long the next plan will. */
  | { readonly kind: 'remember'; readonly id: string; readonly duration: Duration }
  /** The run is final: give the cluster's lease back, stop the tick. */
  | { readonly kind: 'end' };
