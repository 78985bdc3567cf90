/**
 * What the use cases need from the world. Adapters (`src/kubernetes`, `src/store`, `src/queue`, `src/slack`) implement
 * these and translate once: no SDK type comes through here.
 */
import type { Asking, Decision, RunCommand, Signed } from '../approval/decision.ts';
import type { BudgetView, ClusterSnapshot, Component, NodeClaim, NodeView, PodView } from '../cluster/snapshot.ts';
import type { EvictionOutcome } from '../drain/eviction.ts';
import type { Duration } from '../plan/estimate.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunEffect, RunEvent, RunState } from '../run/run.ts';
import type { Calendar } from '../version/calendar.ts';
import type { Ask, Conversation, Notice } from './messages.ts';
import type { Baseline } from './workload-ports.ts';

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/** What is known about the releases of Kubernetes. */
export interface ReleaseCalendar {
  /** Answers within seconds: where nothing new can be looked up, with what was known before, and never with an error. */
  current(): Promise<Calendar>;
}

// ---- the cluster -------------------------------------------------------------------------------------------------

/** The API server did not answer, or not in a way that can be believed, for longer than the caller wanted to wait. */
export class ClusterUnreachable extends Error {
  override readonly name = 'ClusterUnreachable';
}

/** The API server answers, and says no: credentials or RBAC. The sentence names verb and resource. */
export class ClusterRefused extends Error {
  override readonly name = 'ClusterRefused';
}

/** Every call waits through an absence of the API server, up to the patience the adapter was made with. */
export interface ClusterReader {
  /** Throws ClusterUnreachable, ClusterRefused. A look that is refused in part is named in `unreadable`. */
  snapshot(signal: AbortSignal): Promise<ClusterSnapshot>;
  nodes(signal: AbortSignal): Promise<readonly NodeView[]>;
  /** Names of the nodes that carry pods of Capstan itself or of its Redis. */
  ownNodes(signal: AbortSignal): Promise<ReadonlySet<string>>;
}

/** What runs around a node: looks that cost little however large the cluster is, but for the one at all nodes. */
export interface Surroundings {
  /** The pods of the control plane, or the API server that answers where they run out of sight. */
  controlPlane(signal: AbortSignal): Promise<readonly Component[]>;
  controlPlaneNodes(signal: AbortSignal): Promise<readonly NodeView[]>;
  nodes(signal: AbortSignal): Promise<readonly NodeView[]>;
}

/** `lost`: the node no longer carries this claim, so nothing was changed. */
export type Guarded =
  | { readonly kind: 'ok'; readonly node: NodeView }
  | { readonly kind: 'lost' }
  | { readonly kind: 'gone' };

export interface CordonRules {
  /** By the label `node.kubernetes.io/exclude-from-external-load-balancers`. */
  readonly excludeFromLoadBalancers: boolean;
}

export interface NodeControl {
  /** undefined: there is no such node. */
  get(name: string, signal: AbortSignal): Promise<NodeView | undefined>;
  /** The node now, then at every change; undefined once it is deleted. Heals itself; ends only with the signal. */
  watch(name: string, signal: AbortSignal): AsyncIterable<NodeView | undefined>;
  /**
   * Writes the claim if the node carries none, or one of the same run and work with a lower or equal attempt. What an
   * earlier attempt did to the node is kept in it. A patch that has been sent is finished, so that whoever ends the signal
   * can see what came of it.
   */
  claim(
    name: string,
    claim: NodeClaim,
    signal: AbortSignal,
  ): Promise<Guarded | { readonly kind: 'taken'; readonly by: NodeClaim }>;
  /**
   * Writes the claim where `left` stands, for a work that nobody goes on with. What that did to the node is kept in it, so
   * that nothing is undone in between: a cordon of somebody else is told from ours.
   */
  takeOver(name: string, left: NodeClaim, claim: NodeClaim, signal: AbortSignal): Promise<Guarded>;
  /**
   * Cordons the node, unless it is by us already, and keeps load balancers away where that is asked for. The claim says
   * in the same patch what was done and what somebody else had done before.
   */
  cordon(name: string, claim: NodeClaim, how: CordonRules, signal: AbortSignal): Promise<Guarded>;
  /**
   * Adds the taint `OUT_OF_SERVICE`, unless the node bears it already or is Ready; the claim says in the same patch that it
   * was us. A later `claim` that finds the node Ready takes ours away again, and so does `release`.
   */
  takeOutOfService(name: string, claim: NodeClaim, signal: AbortSignal): Promise<Guarded>;
  /** When the kubelet last renewed its lease (epoch ms, the cluster's clock), now and at every change. As `watch`. */
  watchHeartbeat(name: string, signal: AbortSignal): AsyncIterable<number | undefined>;
  /** Removes the claim and, in the same patch, cordon, label and taint unless they are someone else's. */
  release(name: string, claim: NodeClaim, signal: AbortSignal): Promise<Guarded>;
}

export interface PodControl {
  /** All pods on the node now, then again at every change (coalesced). Heals itself; ends only with the signal. */
  watchOn(node: string, signal: AbortSignal): AsyncIterable<readonly PodView[]>;
  /** All budgets of these namespaces now, then again at every change (coalesced). */
  watchBudgets(namespaces: ReadonlySet<string>, signal: AbortSignal): AsyncIterable<readonly BudgetView[]>;
  /**
   * policy/v1 Eviction with a UID precondition. It is asked for once: trouble of the server is an outcome. A request that has
   * been sent is finished in spite of the signal. Throws only ClusterUnreachable or ClusterRefused.
   */
  evict(pod: PodView, how: HowToEvict, signal: AbortSignal): Promise<EvictionOutcome>;
  /**
   * Deletes this very pod with its own grace period, whatever its budgets say; `gone` where it was there no more, `denied`
   * where admission objects. Trouble, signal and errors are as in `evict`.
   */
  delete(pod: PodView, signal: AbortSignal): Promise<DeletionOutcome>;
  /** `namespace/name` of the DaemonSets whose pods a drain leaves alone; others with that owner kind are orphans. */
  daemonSets(signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export interface HowToEvict {
  /** undefined: the pod's own grace period. */
  readonly graceSeconds: number | undefined;
  /** An eviction before this one may have been granted: the pod is looked at first. */
  readonly mayBeGranted: boolean;
}

type DeletionOutcome = Extract<EvictionOutcome, { readonly kind: 'evicted' | 'gone' | 'denied' | 'trouble' }>;

/**
 * The Lease in the cluster: it names the one run at work, and those that are over for ever. Only workers write it, so that
 * whatever stands in Redis neither begins a run nor brings one back.
 */
export interface RunLease {
  /** `taken` from now on by this run; `held` by it since before; `over`: it will never begin again. */
  acquire(
    run: string,
    owner: string,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'taken' | 'held' | 'over' } | { readonly kind: 'occupied'; readonly by: string }>;
  /** The run that holds it. */
  holder(signal: AbortSignal): Promise<string | undefined>;
  /** Remembers that this run is over, begun or not, and gives the lease back where it names it. */
  end(run: string, signal: AbortSignal): Promise<void>;
}

// ---- people ------------------------------------------------------------------------------------------------------

/** Who somebody is, looked up when they act. */
export interface Directory {
  /** `groups`: those of the asked-about user groups that the person is in. Throws where nobody can be asked. */
  person(id: string, groups: readonly string[]): Promise<Person>;
}

export type Person =
  | { readonly kind: 'member'; readonly id: string; readonly groups: ReadonlySet<string> }
  /** A bot, a guest, deactivated, from another workspace, or nobody: may decide nothing. The sentence says which. */
  | { readonly kind: 'outsider'; readonly sentence: string };

// ---- records -----------------------------------------------------------------------------------------------------

/** What stands in Redis is not what this version of Capstan writes, or somebody else wrote it. Says which, and what to do. */
export class BrokenRecord extends Error {
  override readonly name = 'BrokenRecord';
}

export interface PlanRecord {
  readonly plan: Plan;
  readonly conversation: Conversation;
  readonly asking: Signed<Asking>;
  readonly decisions: readonly Signed<Decision>[];
  /** How the worker counted them the last time; undefined until it has. */
  readonly count: WorkerCount | undefined;
  readonly state: PlanState;
}

/** What counts is the worker's policy, which need not be the one that the bot let people decide by. */
export interface WorkerCount {
  readonly need: number;
  readonly objections: readonly Objection[];
}

/** A decision that the bot recorded and the worker does not count. `why` is a clause. */
export interface Objection {
  readonly decision: string;
  readonly by: string;
  readonly why: string;
}

export type PlanState =
  | { readonly kind: 'open' }
  | { readonly kind: 'checking' }
  /** Approved, and not begun yet: the sentence says what for, and until when if that is known. */
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'rejected'; readonly by: string; readonly reason: string }
  | { readonly kind: 'stale'; readonly changes: readonly string[] }
  | { readonly kind: 'running'; readonly runId: string }
  | { readonly kind: 'over'; readonly runId: string };

export interface RunRecord {
  readonly run: RunState;
  /** Saved together with the run that wanted them, carried out afterwards, so that a crash between loses none. */
  readonly pending: readonly RunEffect[];
  readonly conversation: Conversation;
  /** Every order that was obeyed or refused, so that the same one, sent again by anybody, changes nothing. */
  readonly commands: readonly Signed<RunCommand>[];
}

/** Compare-and-swap; throws BrokenRecord where one cannot be read. `change` may be called again with a newer record; returning undefined leaves it as it is. */
export interface Records<T> {
  get(id: string): Promise<T | undefined>;
  /** False where one of that id stands already; then nothing is written. */
  create(id: string, record: T): Promise<boolean>;
  /** The record after the change, or undefined where there is none. */
  update(id: string, change: (record: T) => T | undefined): Promise<T | undefined>;
}

export interface Store {
  readonly plans: Records<PlanRecord>;
  readonly runs: Records<RunRecord>;
  /** Keyed by run and work. */
  readonly baselines: Records<Baseline>;
  /** The bot's memory of what it posted: keyed by plan or run id. */
  readonly posts: Records<PostRecord>;
  /** The newest run of a cluster, final or not. */
  latestRun(cluster: string): Promise<string | undefined>;
  setLatestRun(cluster: string, runId: string): Promise<void>;
  /** Has everybody who follows the run look at it again. */
  announceRun(runId: string): Promise<void>;
  /**
   * The run as it is stored now, then after each announcement, and after each connection that was lost; undefined where it
   * is not stored. Ends with the signal.
   */
  followRun(runId: string, signal: AbortSignal): AsyncIterable<RunRecord | undefined>;
  /** How long works took on a cluster, newest first. */
  history(cluster: string): Promise<readonly Duration[]>;
  /** Does nothing where the work of this id is remembered already. */
  remember(cluster: string, id: string, duration: Duration): Promise<void>;
}

/** Message timestamps as Slack gave them. */
export interface PostRecord {
  readonly channel: string;
  readonly ts: string;
}

// ---- queues ------------------------------------------------------------------------------------------------------

/** Adding a job whose id stands already does nothing. */
export interface Queues {
  /** Bot to worker. */
  ask(ask: Ask): Promise<void>;
  /** How many workers listen for this cluster; 0 means nobody would answer. */
  listeners(cluster: string): Promise<number>;
  /** `id` makes a repeated delivery harmless. */
  runEvent(cluster: string, runId: string, id: string, event: RunEvent): Promise<void>;
  decided(cluster: string, planId: string, decisionId: string): Promise<void>;
  commanded(command: Signed<RunCommand>): Promise<void>;
  nodeWork(cluster: string, job: NodeJob): Promise<void>;
  notify(id: string, notice: Notice): Promise<void>;
  startTick(cluster: string, runId: string): Promise<void>;
  /** Ends the tick of this run; that of another stays. */
  stopTick(cluster: string, runId: string): Promise<void>;
}

/** Ids only: node, target and options are taken from the stored plan. */
export interface NodeJob {
  readonly runId: string;
  readonly work: string;
  readonly attempt: number;
}
