import type { ApprovalPolicy, Decision } from './decision.ts';

export type MayDecide =
  /** `via` is the policy entry that let them: their own id, or that of a user group they are in. */
  { readonly kind: 'allowed'; readonly via: string } | { readonly kind: 'refused'; readonly sentence: string };

export type Tally =
  | { readonly kind: 'approved'; readonly by: readonly string[] }
  | { readonly kind: 'waiting'; readonly have: number; readonly need: number }
  | { readonly kind: 'rejected'; readonly by: string; readonly reason: string }
  | { readonly kind: 'expired' };

interface Approvable {
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly requestedBy: string;
}

/** Whether `by`, a member of `groups`, may decide about a plan that `requestedBy` asked for. Fails closed. */
export function mayDecide(
  policy: ApprovalPolicy,
  requestedBy: string,
  by: string,
  groups: ReadonlySet<string>,
): MayDecide {
  const via = entryOf(policy, by, groups);
  if (via === undefined) return refuse('decide about');
  if (by === requestedBy && !policy.selfApproval) {
    return { kind: 'refused', sentence: 'You asked for this plan, so somebody else must decide about it.' };
  }
  return { kind: 'allowed', via };
}

/** Whether `by`, a member of `groups`, may give orders to a run. Fails closed. */
export function mayOrder(policy: ApprovalPolicy, by: string, groups: ReadonlySet<string>): MayDecide {
  const via = entryOf(policy, by, groups);
  return via === undefined ? refuse('steer') : { kind: 'allowed', via };
}

function entryOf({ approvers }: ApprovalPolicy, by: string, groups: ReadonlySet<string>): string | undefined {
  return approvers.find(entry => entry === by || groups.has(entry));
}

function refuse(deed: string): MayDecide {
  return {
    kind: 'refused',
    sentence: `You are not among the people who may ${deed} upgrades of this cluster. Ask one of its approvers.`,
  };
}

/**
 * What the decisions amount to at `now` (epoch milliseconds). Only those count that name this digest and that the policy
 * in hand allows: whoever recorded them may have known another policy. One rejection rejects; approvals are counted by
 * person. Group membership cannot be looked up here, so a decision's signed `via` is believed.
 */
export function tally(policy: ApprovalPolicy, plan: Approvable, decisions: readonly Decision[], now: number): Tally {
  const counted = decisions.filter(decision => decision.digest === plan.digest && isApprover(policy, decision));
  const rejection = counted.find(decision => decision.verdict === 'reject');
  if (rejection) return { kind: 'rejected', by: rejection.by, reason: rejection.reason ?? '' };
  if (now >= plan.expiresAt) return { kind: 'expired' };
  const approvals = counted.filter(({ by }) => policy.selfApproval || by !== plan.requestedBy);
  const people = [...new Set(approvals.map(({ by }) => by))];
  // A policy that needs nobody is a mistake, and no plan is ever approved by nobody.
  const need = Math.max(1, policy.needed);
  return people.length >= need ? { kind: 'approved', by: people } : { kind: 'waiting', have: people.length, need };
}

/**
 * Whether the policy entry `via` exists and can have let `by` in. Slack's user ids begin with U or W, those of user
 * groups with S; a user's entry lets in that user alone.
 */
export function isApprover(policy: ApprovalPolicy, { by, via }: Pick<Decision, 'by' | 'via'>): boolean {
  return policy.approvers.includes(via) && (via === by || via.startsWith('S'));
}
