import { isApprover, type Tally, tally } from '../approval/approval.ts';
import type { ApprovalPolicy, Decision, RunCommand, Signed } from '../approval/decision.ts';
import { verify } from '../approval/signing.ts';
import { digestOf } from '../plan/digest.ts';
import type { PlanRecord } from './ports.ts';

/** What the worker itself believes in: its own policy and the bot's public key, and nothing that stands in Redis. */
export interface Authority {
  readonly cluster: string;
  readonly policy: ApprovalPolicy;
  readonly verifyKey: string;
  readonly planLifetimeMs: number;
}

export type Standing =
  | Tally
  /** The stored plan is not what its digest says, or is another cluster's: nobody can have approved it. */
  | { readonly kind: 'forged'; readonly sentence: string };

/** How a plan stands at `now`. Signatures are checked, the digest is computed anew, and old decisions do not count. */
export function standingOf(record: PlanRecord, authority: Authority, now: number): Standing {
  const { plan } = record;
  if (plan.cluster.name !== authority.cluster) {
    return forged(`Plan ${plan.id} is for cluster ${plan.cluster.name}, and this worker is ${authority.cluster}'s.`);
  }
  if (digestOf(plan) !== plan.digest) {
    return forged(`Plan ${plan.id} was changed after its digest had been taken: what is stored is not what was shown.`);
  }
  const decisions = genuineDecisions(record, authority);
  return tally(
    authority.policy,
    plan,
    decisions.filter(({ at }) => now - at < authority.planLifetimeMs),
    now,
  );
}

/**
 * Whether a run of this plan still rests on a genuine approval. A run may last longer than the plan was valid for, so
 * it counts how the plan stood when the last of its decisions was given.
 */
export function isStillApproved(record: PlanRecord, authority: Authority): Standing {
  const times = genuineDecisions(record, authority).map(({ at }) => at);
  return standingOf(record, authority, Math.max(0, ...times));
}

export function isGenuineCommand(command: Signed<RunCommand>, authority: Authority): boolean {
  const { value } = command;
  return (
    verify(command, authority.verifyKey) && value.cluster === authority.cluster && isApprover(authority.policy, value)
  );
}

function genuineDecisions({ plan, decisions }: PlanRecord, { verifyKey }: Authority): Decision[] {
  return decisions
    .filter(signed => verify(signed, verifyKey))
    .map(({ value }) => value)
    .filter(({ planId, digest, cluster }) => {
      return planId === plan.id && digest === plan.digest && cluster === plan.cluster.name;
    });
}

function forged(sentence: string): Standing {
  return { kind: 'forged', sentence };
}
