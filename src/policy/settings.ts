import { canonicalSelectors, type LabelSelector } from '../cluster/selector.ts';
import type {
  ClusterPolicy,
  DrainPolicy,
  DriverPolicy,
  Freeze,
  GatesPolicy,
  Limits,
  MaintenanceWindow,
  PlanPolicy,
  ReadyPolicy,
} from './policy.ts';
import { startOf, type WallTime } from './wall-clock.ts';

/** What one block of the policy file says, `defaults` or a cluster: all of it may be left out. */
export interface PolicySettings {
  readonly channels?: ClusterPolicy['channels'] | undefined;
  readonly requesters?: ClusterPolicy['requesters'] | undefined;
  readonly operators?: readonly string[] | undefined;
  readonly approvers?: readonly string[] | undefined;
  readonly approvalsNeeded?: number | undefined;
  readonly selfApproval?: boolean | undefined;
  readonly waivable?: readonly string[] | undefined;
  readonly limits?: Given<Limits> | undefined;
  readonly timeZone?: string | undefined;
  readonly windows?: readonly (Omit<MaintenanceWindow, 'timeZone'> & Zoned)[] | undefined;
  readonly freezes?: readonly GivenFreeze[] | undefined;
  readonly drain?: Given<DrainPolicy> | undefined;
  readonly ready?: Given<ReadyPolicy> | undefined;
  readonly gates?: Given<GatesPolicy> | undefined;
  readonly driver?: Given<DriverPolicy> | undefined;
  readonly elasticPools?: readonly LabelSelector[] | undefined;
  readonly planLifetimeSeconds?: number | undefined;
}

type Given<T> = { readonly [Key in keyof T]?: T[Key] | undefined };
interface Zoned {
  readonly timeZone?: string | undefined;
}

/** By the clocks of its time zone. `until` does not belong to it. */
export interface GivenFreeze extends Zoned {
  readonly from: WallTime;
  readonly until: WallTime;
  readonly reason: string;
}

const DEFAULTS = {
  approvalsNeeded: 1,
  selfApproval: false,
  limits: { maxUnavailable: 1 },
  timeZone: 'UTC',
  drain: {
    timeoutSeconds: 3_600,
    graceSeconds: undefined,
    force: false,
    deleteEmptyDirData: true,
    skipWaitForDeleteTimeoutSeconds: 3_600,
    podSelector: undefined,
    order: 'together',
    excludeFromLoadBalancers: false,
    blockedAfterSeconds: 300,
  },
  ready: { timeoutSeconds: 900, stableSeconds: 10, soakSeconds: 0 },
  gates: { prometheus: 'none' },
  driver: { kind: 'kubeadm', timeoutSeconds: 3_600, ignorePreflightErrors: [] },
  planLifetimeSeconds: 24 * 3_600,
} as const;

/** Where nobody gave a policy, as for a plan on the command line: what Capstan does by itself. */
export const NO_POLICY: PlanPolicy = {
  waivable: [],
  windows: [],
  freezes: [],
  drain: DEFAULTS.drain,
  ready: DEFAULTS.ready,
  driver: DEFAULTS.driver,
  elasticPools: [],
};

/** How a host that is at work is waited for, and its node brought back, where no policy says so. */
export const TO_FINISH: Pick<ClusterPolicy, 'drain' | 'ready' | 'gates' | 'driver'> = {
  drain: DEFAULTS.drain,
  ready: DEFAULTS.ready,
  gates: DEFAULTS.gates,
  driver: DEFAULTS.driver,
};

/**
 * A cluster's own settings over the defaults over what Capstan does by itself. What a cluster sets replaces the default,
 * key by key within `limits`, `drain`, `ready`, `gates` and `driver`; only freezes add up, so that nobody loses the company's by
 * writing one of their own. Pure; undefined where nobody may approve.
 */
export function policyOf(defaults: PolicySettings, own: PolicySettings): ClusterPolicy | undefined {
  const given = { ...defaults, ...set(own) };
  const { approvers = [] } = given;
  if (approvers.length === 0) return undefined;
  return {
    channels: typeof given.channels === 'object' ? [...new Set(given.channels)] : 'anywhere',
    requesters: typeof given.requesters === 'object' ? unique(given.requesters) : 'anyone',
    operators: unique(given.operators ?? approvers),
    approvers: unique(approvers),
    approvalsNeeded: given.approvalsNeeded ?? DEFAULTS.approvalsNeeded,
    selfApproval: given.selfApproval ?? DEFAULTS.selfApproval,
    waivable: unique(given.waivable ?? []),
    limits: { ...DEFAULTS.limits, ...set(defaults.limits), ...set(own.limits) },
    windows: (given.windows ?? []).map(window => ({ ...window, timeZone: zoneOf(window, given) })),
    freezes: [defaults, own].flatMap(({ freezes = [] }) => freezes.map(freeze => freezeOf(freeze, given))),
    drain: withOwnGrace({ ...DEFAULTS.drain, ...set(defaults.drain), ...set(own.drain) }),
    ready: { ...DEFAULTS.ready, ...set(defaults.ready), ...set(own.ready) },
    gates: { ...DEFAULTS.gates, ...set(defaults.gates), ...set(own.gates) },
    driver: { ...DEFAULTS.driver, ...set(defaults.driver), ...set(own.driver) },
    elasticPools: canonicalSelectors(given.elasticPools ?? []),
    planLifetimeSeconds: given.planLifetimeSeconds ?? DEFAULTS.planLifetimeSeconds,
  };
}

/** kubectl drain's `--grace-period -1`, its default: every pod has its own, whatever was said before. */
export function withOwnGrace<Rules extends Partial<DrainPolicy>>(rules: Rules): Rules {
  return rules.graceSeconds === -1 ? { ...rules, graceSeconds: undefined } : rules;
}

function freezeOf(freeze: GivenFreeze, settings: PolicySettings): Freeze {
  const timeZone = zoneOf(freeze, settings);
  const { from, until, reason } = freeze;
  return { from: startOf(from, timeZone), until: startOf(until, timeZone), reason, timeZone };
}

function zoneOf(item: Zoned, settings: PolicySettings): string {
  return item.timeZone ?? settings.timeZone ?? DEFAULTS.timeZone;
}

/** In one order, since the fingerprint of a policy is to tell what it says and not how it was written down. */
function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort();
}

/** Only what was given: an absent key must not hide a default. */
function set<T extends object>(settings: T | undefined): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(settings ?? {}).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
