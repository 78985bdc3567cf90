import type { ClusterPolicy } from '../policy/policy.ts';
import type { Decision } from './decision.ts';

/** Who may approve, how many are needed. */
export type ApprovalPolicy = Pick<ClusterPolicy, 'approvers' | 'approvalsNeeded' | 'selfApproval'>;

/** For a cluster that no policy names: nobody may. */
export const NOBODY: ApprovalPolicy = { approvers: [], approvalsNeeded: 1, selfApproval: false };

export type May =
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

/** Somebody and the policy entry that let them, as signed by the bot. */
type Signatory = Pick<Decision, 'by' | 'via'>;

/** Whether `by`, a member of `groups`, may ask for a plan. Fails closed. */
export function mayAsk({ requesters }: Pick<ClusterPolicy, 'requesters'>, by: string, groups: Groups): May {
  if (requesters === 'anyone') return { kind: 'allowed', via: by };
  return entered(requesters, by, groups, 'ask for plans');
}

/**
 * Whether `by`, a member of `groups`, may decide so about a plan that `requestedBy` asked for. Fails closed. Whoever
 * asked may always withdraw their plan: a rejection starts nothing.
 */
export function mayDecide(
  { approvers, selfApproval }: ApprovalPolicy,
  { requestedBy, verdict }: { readonly requestedBy: string; readonly verdict: Decision['verdict'] },
  by: string,
  groups: Groups,
): May {
  if (by === requestedBy && verdict === 'reject') return { kind: 'allowed', via: by };
  const allowed = entered(approvers, by, groups, 'decide about');
  if (allowed.kind === 'allowed' && by === requestedBy && !selfApproval) {
    return {
      kind: 'refused',
      sentence: 'You asked for this plan, so somebody else must approve it. You may withdraw it.',
    };
  }
  return allowed;
}

/** Whether `by`, a member of `groups`, may give orders to a run. Fails closed. */
export function mayOrder({ operators }: Pick<ClusterPolicy, 'operators'>, by: string, groups: Groups): May {
  return entered(operators, by, groups, 'steer');
}

/** Whether commands and plans are accepted there. */
export function isChannel({ channels }: Pick<ClusterPolicy, 'channels'>, channel: string): boolean {
  return channels === 'anywhere' || channels.includes(channel);
}

type Groups = ReadonlySet<string>;

function entered(entries: readonly string[], by: string, groups: Groups, deed: string): May {
  const via = entries.find(entry => entry === by || groups.has(entry));
  if (via !== undefined) return { kind: 'allowed', via };
  return {
    kind: 'refused',
    sentence: `You are not among the people who may ${deed} upgrades of this cluster. Its policy says who may.`,
  };
}

/**
 * What the decisions amount to at `now` (epoch milliseconds). Only those count that name this digest and that the policy
 * in hand allows: whoever recorded them may have known another policy. One rejection rejects; approvals are counted by
 * person. Group membership cannot be looked up here, so a decision's signed `via` is believed.
 */
export function tally(policy: ApprovalPolicy, plan: Approvable, decisions: readonly Decision[], now: number): Tally {
  const counted = decisions.filter(decision => whyNotCounted(policy, plan, decision) === undefined);
  const rejection = counted.find(decision => decision.verdict === 'reject');
  if (rejection) return { kind: 'rejected', by: rejection.by, reason: rejection.reason ?? '' };
  if (now >= plan.expiresAt) return { kind: 'expired' };
  const people = [...new Set(counted.map(({ by }) => by))];
  // A policy that needs nobody is a mistake, and no plan is ever approved by nobody.
  const need = Math.max(1, policy.approvalsNeeded);
  return people.length >= need ? { kind: 'approved', by: people } : { kind: 'waiting', have: people.length, need };
}

/** Why a decision is of no account under this policy, as a clause; undefined where it counts. */
export function whyNotCounted(policy: ApprovalPolicy, plan: Approvable, decision: Decision): string | undefined {
  const { by, digest, verdict } = decision;
  if (digest !== plan.digest) return 'it is about another plan';
  if (by === plan.requestedBy && verdict === 'reject') return undefined;
  if (!isListed(policy.approvers, decision)) return 'they are not among the approvers there';
  if (by === plan.requestedBy && !policy.selfApproval) return 'nobody may approve their own plan there';
  return undefined;
}

/**
 * Whether the policy entry `via` is listed and can have let `by` in. Slack's user ids begin with U or W, those of user
 * groups with S; a user's entry lets in that user alone.
 */
export function isListed(entries: readonly string[] | 'anyone', { by, via }: Signatory): boolean {
  return entries === 'anyone' || (entries.includes(via) && (via === by || via.startsWith('S')));
}
