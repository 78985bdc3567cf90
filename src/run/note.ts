import type { Order } from '../approval/order.ts';
import type { Phase } from '../plan/plan.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import type { Blocker } from './blocker.ts';
import type { ClosedGate, Step } from './run.ts';

/** Something the thread is told, as data; the words are the bot's. */
export type RunNote =
  | { readonly kind: 'started' }
  /** What is done differently from what was approved, because nodes came and went. */
  | {
      readonly kind: 'drifted';
      readonly joined: readonly string[];
      readonly gone: readonly string[];
      readonly finished: readonly string[];
      readonly outside: readonly string[];
      readonly unfit: readonly string[];
    }
  | { readonly kind: 'node-started'; readonly node: string; readonly phase: Phase; readonly target: KubernetesVersion }
  | {
      readonly kind: 'node-done';
      readonly node: string;
      readonly phase: Phase;
      readonly target: KubernetesVersion;
      readonly ms: number;
    }
  /** `reached`: what its host was brought to all the same; undefined: it stays at its version. */
  | {
      readonly kind: 'node-skipped';
      readonly node: string;
      readonly phase: Phase;
      readonly by: string;
      readonly reached: KubernetesVersion | undefined;
    }
  | {
      readonly kind: 'drain-blocked';
      readonly work: string;
      readonly attempt: number;
      readonly node: string;
      readonly blockers: readonly Blocker[];
      /** It was told before, and is so still. */
      readonly again: boolean;
    }
  | { readonly kind: 'baseline-lost'; readonly node: string }
  | { readonly kind: 'node-vanished'; readonly node: string; readonly step: Step; readonly replaced: boolean }
  | { readonly kind: 'node-recordoned'; readonly node: string; readonly hostAtWork: boolean }
  | { readonly kind: 'pods-tied'; readonly node: string; readonly pods: readonly string[] }
  /** `step`: in which of the node's own they are asked; in `gates` it is the next node that waits. */
  | {
      readonly kind: 'gates-closed';
      readonly node: string;
      readonly step: Step;
      /** Whether the rest of the upgrade can do without the node. */
      readonly skippable: boolean;
      readonly closed: readonly ClosedGate[];
    }
  /** Somebody does not wait for the gates of this node, which is upgraded and given back. */
  | { readonly kind: 'gates-waived'; readonly node: string; readonly by: string }
  | {
      readonly kind: 'failed';
      readonly node: string;
      readonly phase: Phase;
      readonly step: Step;
      readonly reason: string;
      readonly log: readonly string[];
      readonly silent?: true;
    }
  /** Its drain was stopped by an order that ends the run, or it had to wait for its host. */
  | { readonly kind: 'node-given-back'; readonly node: string }
  /** It is upgraded and given back, and nobody has seen that it is well. */
  | {
      readonly kind: 'node-given-back-unseen';
      readonly node: string;
      readonly phase: Phase;
      readonly target: KubernetesVersion;
    }
  /** It left the cluster before it could be given back. */
  | { readonly kind: 'left-node-gone'; readonly node: string }
  /** Nobody goes on with it, and its host may be at work still. `why` is a clause. */
  | { readonly kind: 'give-back-waits'; readonly node: string; readonly why: string }
  | {
      readonly kind: 'commanded';
      readonly command: Order['kind'];
      readonly by: string;
      /** The nodes that it concerns at once, and those that are finished first. */
      readonly atOnce: readonly string[];
      readonly later: readonly string[];
      /** No further node is started all the same, for somebody paused the run before. */
      readonly staysPaused: boolean;
      /** `namespace/name` of the one that it is about, where it is about a pod. */
      readonly pod: string | undefined;
    }
  | { readonly kind: 'pod-deleted'; readonly node: string; readonly pod: string; readonly by: string }
  /** `ours`: the taint was set by this run, and not there already. */
  | { readonly kind: 'out-of-service'; readonly node: string; readonly by: string; readonly ours: boolean }
  /** The taint of this run is taken away again. */
  | { readonly kind: 'back-in-service'; readonly node: string }
  | { readonly kind: 'command-refused'; readonly command: Order['kind']; readonly by: string; readonly why: string }
  | { readonly kind: 'held'; readonly why: string }
  | { readonly kind: 'released' }
  /** The cluster refuses something that is not work on a node; it is tried again. `why` is a sentence. */
  | { readonly kind: 'cluster-refused'; readonly why: string }
  | { readonly kind: 'aborted'; readonly done: number; readonly left: number }
  | { readonly kind: 'finished'; readonly nodes: number; readonly ms: number };
