import { isChannel, isListed, type Tally, tally, whyNotCounted } from '../approval/approval.ts';
import type { Asking, Decision, RunCommand, Signed } from '../approval/decision.ts';
import { isGenuine } from '../approval/genuine.ts';
import { contentHash, verify } from '../approval/signing.ts';
import { digestOf } from '../plan/digest.ts';
import type { PolicyNow } from '../policy/policy.ts';
import type { Ask, Question } from './messages.ts';
import type { Objection, PlanRecord } from './ports.ts';

/** What the worker itself believes in: its own policy and the bot's public key, and nothing that stands in Redis. */
export interface Authority {
  readonly cluster: string;
  readonly policy: () => PolicyNow;
  readonly verifyKey: string;
}

export type Standing =
  | Tally
  /** The stored plan is not what its digest says, or is another cluster's: nobody can have approved it. */
  | { readonly kind: 'forged'; readonly sentence: string }
  /** No policy is in force by which its decisions could be counted. */
  | NoPolicyInForce;

export interface NoPolicyInForce {
  readonly kind: 'no-policy';
  /** Why, with file, line and what to write. */
  readonly fault: string;
}

/** How a plan stands at `now`. Signatures are checked, the digest is computed anew, and old decisions do not count. */
export function standingOf(record: PlanRecord, authority: Authority, now: number): Standing {
  const { plan, asking } = record;
  if (plan.cluster.name !== authority.cluster) {
    return forged(`Plan ${plan.id} is for cluster ${plan.cluster.name}, and this worker is ${authority.cluster}'s.`);
  }
  if (digestOf(plan) !== plan.digest) {
    return forged(`Plan ${plan.id} was changed after its digest had been taken: what is stored is not what was shown.`);
  }
  // Nobody may approve their own plan, so it matters who asked.
  if (!isAskedBy(asking, plan.id, plan.requestedBy, authority)) {
    return forged(`Plan ${plan.id} was not asked for by whom it names.`);
  }
  if (!isAbout(asking, { kind: 'plan', request: plan.request })) {
    return forged(`Plan ${plan.id} is for another request than the one that was asked.`);
  }
  const { policy, fault } = authority.policy();
  if (!policy) return { kind: 'no-policy', fault };
  return tally(policy, plan, recentDecisions(record, authority, policy.planLifetimeSeconds, now), now);
}

/**
 * Whether a run of this plan still rests on a genuine approval. A run may last longer than the plan was valid for, so
 * it counts how the plan stood when the last of its decisions was given.
 */
export function isStillApproved(record: PlanRecord, authority: Authority): Standing {
  const times = genuineDecisions(record, authority).map(({ at }) => at);
  return standingOf(record, authority, Math.max(0, ...times));
}

/** Whether anybody's genuine decision stands there, counted or not. */
export function isDecidedAbout(record: PlanRecord, authority: Authority): boolean {
  return genuineDecisions(record, authority).length > 0;
}

/** Decisions that the bot signed, and that this worker's policy does not let count all the same. */
export function objectionsTo(record: PlanRecord, authority: Authority): Objection[] {
  const { policy } = authority.policy();
  if (!policy) return [];
  return genuineDecisions(record, authority).flatMap(decision => {
    const why = whyNotCounted(policy, record.plan, decision);
    return why === undefined ? [] : [{ decision: decision.id, by: decision.by, why }];
  });
}

export type Verdict =
  | { readonly kind: 'allowed' }
  /** The bot did not sign it: nobody is told, but those who watch the logs. */
  | { readonly kind: 'forged' }
  /** The bot let it pass, and this worker's policy does not. The clause says why. */
  | { readonly kind: 'refused'; readonly why: string }
  | NoPolicyInForce;

/** Whether this question may be answered. Whoever reads only needs no entry in the policy. */
export function judgeAsk({ id, cluster, replyTo, question, asking }: Ask, authority: Authority): Verdict {
  if (cluster !== authority.cluster || !isAskedBy(asking, id, replyTo.user, authority)) return { kind: 'forged' };
  if (!isAbout(asking, question) || asking.value.channel !== replyTo.channel) return { kind: 'forged' };
  const { policy, fault } = authority.policy();
  if (!policy) return { kind: 'no-policy', fault };
  if (!isChannel(policy, asking.value.channel)) return refused('that channel is not one where commands are accepted');
  return question.kind !== 'plan' || isListed(policy.requesters, asking.value)
    ? { kind: 'allowed' }
    : refused('they are not among the people who may ask for plans');
}

export function judgeCommand(command: Signed<RunCommand>, authority: Authority): Verdict {
  const { value } = command;
  if (!verify(command, authority.verifyKey) || value.cluster !== authority.cluster) return { kind: 'forged' };
  const { policy, fault } = authority.policy();
  if (!policy) return { kind: 'no-policy', fault };
  if (!isListed(policy.operators, value)) return refused('they are not among the people who may steer upgrades');
  return isChannel(policy, value.channel)
    ? { kind: 'allowed' }
    : refused('that channel is not one where commands are accepted');
}

function isAskedBy(asking: Signed<Asking>, id: string, by: string, { cluster, verifyKey }: Authority): boolean {
  const { value } = asking;
  return verify(asking, verifyKey) && value.id === id && value.by === by && value.cluster === cluster;
}

function isAbout({ value }: Signed<Asking>, question: Question): boolean {
  return value.question === contentHash(question);
}

function recentDecisions(record: PlanRecord, authority: Authority, lifetimeSeconds: number, now: number): Decision[] {
  return genuineDecisions(record, authority).filter(({ at }) => now - at < lifetimeSeconds * 1_000);
}

function genuineDecisions({ plan, decisions }: PlanRecord, { verifyKey }: Authority): Decision[] {
  return decisions.filter(signed => isGenuine(signed, plan, verifyKey)).map(({ value }) => value);
}

function refused(why: string): Verdict {
  return { kind: 'refused', why };
}

function forged(sentence: string): Standing {
  return { kind: 'forged', sentence };
}
