import type { LabelSelector } from '../cluster/selector.ts';

/**
 * Who may do what with one cluster, when, and how its nodes are treated: `defaults` and the cluster's own settings of
 * the policy file, put together. Bot and worker each hold a copy; the worker's counts, the bot's only refuses early.
 */
export interface ClusterPolicy {
  /** Slack channel ids where commands and plans are accepted; what nobody asked for is said in the first. */
  readonly channels: readonly string[] | 'anywhere';
  /** Who may ask for a plan, besides being a full member of the workspace. */
  readonly requesters: readonly string[] | 'anyone';
  /** Who may give orders to a run. */
  readonly operators: readonly string[];
  /** Slack user ids (U…, W…) and user group ids (S…). Never empty. */
  readonly approvers: readonly string[];
  readonly approvalsNeeded: number;
  /** Whether whoever asked for a plan may approve it too. */
  readonly selfApproval: boolean;
  /** Codes of findings that do not stop an approval where they are `unknown`. `block` is never waived. */
  readonly waivable: readonly string[];
  readonly limits: Limits;
  /** Nodes are started within one of these only; none: at any time. */
  readonly windows: readonly MaintenanceWindow[];
  /** No node is started within any of these. */
  readonly freezes: readonly Freeze[];
  readonly drain: DrainPolicy;
  readonly ready: ReadyPolicy;
  readonly gates: GatesPolicy;
  readonly driver: DriverPolicy;
  /** Nodes that come and go: a new one that one of these matches, or one that is not Ready, voids no approval. */
  readonly elasticPools: readonly LabelSelector[];
  /** How long a plan may wait for its approvals, and how old an approval may be when its run begins. */
  readonly planLifetimeSeconds: number;
}

export interface Limits {
  /**
   * The most workers that may be unavailable at once, of those that were available at approval: a count, or a share of all
   * such as `20%`. A run takes one at a time, and waits where others that are away leave no room for it.
   */
  readonly maxUnavailable: number | `${number}%`;
}

/** Every week on these days, from one time of day to another, by the clocks of a time zone. */
export interface MaintenanceWindow {
  /** 0 is Sunday: the days on which it opens. */
  readonly days: readonly number[];
  /** Minutes since midnight, 0 to 1439. */
  readonly from: number;
  /** Minutes since midnight, 1 to 1440; one that is not after `from` is of the next day. */
  readonly to: number;
  /** Of the IANA database, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

export interface Freeze {
  /** Epoch milliseconds; the end does not belong to it. */
  readonly from: number;
  readonly until: number;
  readonly reason: string;
  /** In which its ends are spoken of. */
  readonly timeZone: string;
}

/** The words are kubectl drain's. */
export interface DrainPolicy {
  readonly timeoutSeconds: number;
  /** For every pod instead of its own grace period, where given. */
  readonly graceSeconds: number | undefined;
  /** Also evict pods that nothing would create again. */
  readonly force: boolean;
  readonly deleteEmptyDirData: boolean;
  /** A pod that has been deleted for longer than this is not waited for. */
  readonly skipWaitForDeleteTimeoutSeconds: number;
  /** Only pods that it matches are evicted; the others stay on the node while it is upgraded. */
  readonly podSelector: LabelSelector | undefined;
  /** All at once, or pods of the lowest priority first and the next when these have left. */
  readonly order: 'together' | 'priority';
  /** Whether load balancers are kept away from a node from before its pods leave until they may come back. */
  readonly excludeFromLoadBalancers: boolean;
  /** After how long the thread is told what keeps the pods. */
  readonly blockedAfterSeconds: number;
}

export interface ReadyPolicy {
  readonly timeoutSeconds: number;
  /** For how long a node must have been Ready before the next one starts. */
  readonly stableSeconds: number;
  /** For how long all gates must have been open, after a node took pods again, before the next one starts. */
  readonly soakSeconds: number;
}

/** What else is asked, after each node, before the next one starts. */
export interface GatesPolicy {
  readonly prometheus: PrometheusPolicy | 'none';
}

export interface PrometheusPolicy {
  /** Where its HTTP API is, up to `/api/v1`. */
  readonly url: string;
  /** A file on the worker that holds a bearer token. */
  readonly tokenFile: string | undefined;
  readonly queries: readonly PrometheusQuery[];
}

export interface PrometheusQuery {
  /** For people. */
  readonly name: string;
  /** PromQL that returns nothing as long as all is well. */
  readonly query: string;
}

export interface DriverPolicy {
  readonly kind: 'kubeadm';
  /** How long the work on one host may take. */
  readonly timeoutSeconds: number;
  /** kubeadm's names, such as `SystemVerification`. */
  readonly ignorePreflightErrors: readonly string[];
}

/** What a plan takes from the policy: all of it that is not about people. */
export type PlanPolicy = Pick<
  ClusterPolicy,
  'waivable' | 'windows' | 'freezes' | 'drain' | 'ready' | 'driver' | 'elasticPools'
>;

/** What a process knows of a cluster's policy at this moment. */
export type PolicyNow = PolicyInForce | NoPolicy;

/** The process began with a file that cannot be used: there is no last good one, and nobody may do anything. */
export interface NoPolicy {
  readonly policy: undefined;
  /** Why it cannot be used, with file, line and what to write. */
  readonly fault: string;
}

export interface PolicyInForce {
  readonly policy: ClusterPolicy;
  /**
   * Why the file as it is now cannot be used, with file and line. Then `policy` is the last one that could be: good for
   * what is under way, and nothing new is planned or approved by it.
   */
  readonly fault: string | undefined;
}
