import { type May, mayAsk, mayDecide } from '../approval/approval.ts';
import type { Asking, Decision } from '../approval/decision.ts';
import { isGenuine } from '../approval/genuine.ts';
import { contentHash, publicKeyOf, sign } from '../approval/signing.ts';
import { stopsApproval } from '../plan/finding.ts';
import { fingerprint } from '../policy/fingerprint.ts';
import type { ClusterPolicy } from '../policy/policy.ts';
import { clusterOf, lookUp, policyAt, policyOf, refuse } from './bot-access.ts';
import { blockers, force, latestRunIn, order, silentNode, takeOutOfService } from './bot-orders.ts';
import type { BotPorts } from './bot-ports.ts';
import type { Asked, BotUseCases, Decided, DecisionWish, Reviewed, Where } from './bot-use-cases.ts';
import type { Question } from './messages.ts';
import type { PlanRecord, PlanState } from './ports.ts';

/** The bot refuses early and in words; what counts is the worker's own check of what is signed here. */
export function createBotUseCases(ports: BotPorts): BotUseCases {
  return {
    ask: (question, where) => ask(question, where, ports),
    review: (planId, by, verdict) => review(planId, { by, verdict }, ports),
    decide: wish => decide(wish, ports),
    latestRun: (cluster, channel) => latestRunIn(cluster, channel, ports),
    order: wish => order(wish, ports),
    blockers: wish => blockers(wish, ports),
    force: wish => force(wish, ports),
    silentNode: wish => silentNode(wish, ports),
    takeOutOfService: wish => takeOutOfService(wish, ports),
  };
}

async function ask(question: Question, { cluster: wanted, replyTo }: Where, ports: BotPorts): Promise<Asked> {
  const cluster = clusterOf(wanted, ports);
  if (typeof cluster !== 'string') return cluster;
  const { user: by, channel } = replyTo;
  const found = policyAt(cluster, channel, ports);
  if ('kind' in found) return found;
  const { policy, fault } = found;
  const person = await lookUp(by, listed(policy.requesters), ports);
  if (person.kind === 'outsider') return refuse(person.sentence);
  // Whoever only reads needs no entry in the policy.
  const allowed: May = question.kind === 'plan' ? mayAsk(policy, by, person.groups) : { kind: 'allowed', via: by };
  if (allowed.kind === 'refused') return allowed;
  if (question.kind === 'plan' && fault !== undefined) return refuse(brokenPolicy(fault));
  if ((await ports.queues.listeners(cluster)) === 0) {
    return refuse(
      `No worker of cluster ${cluster} is listening, so nobody could answer. Look whether its "capstan worker" runs.`,
    );
  }
  const id = ports.newId();
  const asking: Asking = {
    id,
    cluster,
    by,
    via: allowed.via,
    channel,
    question: contentHash(question),
    policy: fingerprint(policy),
    at: ports.clock.now(),
  };
  await ports.queues.ask({ id, cluster, replyTo, question, asking: sign(asking, ports.signingKey) });
  return { kind: 'asked', cluster };
}

async function review(planId: string, who: Decider, ports: BotPorts): Promise<Reviewed> {
  const record = await ports.store.plans.get(planId);
  if (!record) return refuse('This plan is not known any more. Plan again.');
  const allowed = await mayDecideAbout(record, who, ports);
  return allowed.kind === 'refused' ? allowed : { kind: 'open', record };
}

async function decide(wish: DecisionWish, ports: BotPorts): Promise<Decided> {
  const { planId, digest, by, verdict, reason } = wish;
  const record = await ports.store.plans.get(planId);
  if (!record) return refuse('This plan is not known any more. Plan again.');
  const { plan } = record;
  if (plan.digest !== digest) return refuse('The plan is not the one that you were shown. Look at it again.');
  const allowed = await mayDecideAbout(record, { by, verdict }, ports);
  if (allowed.kind === 'refused') return allowed;
  if (verdict === 'reject' && !reason?.trim()) return refuse('Say why you reject it: whoever asked will want to know.');
  if (verdict === 'approve' && plan.findings.some(stopsApproval)) {
    return refuse('Findings of this plan stop its approval. Settle them and plan again.');
  }
  const decision: Decision = {
    id: ports.newId(),
    planId,
    digest,
    cluster: plan.cluster.name,
    by,
    via: allowed.via,
    verdict,
    reason: verdict === 'reject' ? reason?.trim() : undefined,
    at: ports.clock.now(),
  };
  return await keep(decision, ports);
}

/**
 * A second decision of the same person changes nothing, however often it is clicked or delivered. One that stands there in
 * their name and that this bot did not sign keeps nobody out: it counts for nothing.
 */
async function keep(decision: Decision, ports: BotPorts): Promise<Decided> {
  const signed = sign(decision, ports.signingKey);
  const ownKey = publicKeyOf(ports.signingKey);
  const theirs = ({ plan, decisions }: PlanRecord) =>
    decisions.find(each => {
      const { by, verdict } = each.value;
      return by === decision.by && verdict === decision.verdict && isGenuine(each, plan, ownKey);
    });
  const record = await ports.store.plans.update(decision.planId, now =>
    !takes(now.state, decision.verdict) || theirs(now) ? undefined : { ...now, decisions: [...now.decisions, signed] },
  );
  if (!record) return refuse('This plan is not known any more. Plan again.');
  const counted = theirs(record);
  if (!counted) return refuse(whyClosed(record.state));
  const { planId, cluster, id } = counted.value;
  await ports.queues.decided(cluster, planId, id);
  await ports.queues.notify(`plan-${planId}-${id}`, { kind: 'plan', planId });
  return { kind: 'recorded', record };
}

interface Decider {
  readonly by: string;
  readonly verdict: Decision['verdict'];
}

async function mayDecideAbout({ plan, state }: PlanRecord, { by, verdict }: Decider, ports: BotPorts): Promise<May> {
  if (!takes(state, verdict)) return refuse(whyClosed(state));
  if (ports.clock.now() >= plan.expiresAt) return refuse('This plan has expired. Plan again.');
  const found = policyOf(plan.cluster.name, ports);
  if ('kind' in found) return found;
  const { policy, fault } = found;
  const person = await lookUp(by, policy.approvers, ports);
  if (person.kind === 'outsider') return refuse(person.sentence);
  const allowed = mayDecide(policy, { requestedBy: plan.requestedBy, verdict }, by, person.groups);
  if (allowed.kind === 'allowed' && verdict === 'approve' && fault !== undefined) return refuse(brokenPolicy(fault));
  return allowed;
}

/** A plan that waits for its time can still be stopped. */
function takes({ kind }: PlanState, verdict: Decision['verdict']): boolean {
  return kind === 'open' || (kind === 'waiting' && verdict === 'reject');
}

function listed(requesters: ClusterPolicy['requesters']): readonly string[] {
  return requesters === 'anyone' ? [] : requesters;
}

function brokenPolicy(fault: string): string {
  return `The policy file cannot be used as it is, so nothing new is planned or approved until it is mended. ${fault}`;
}

function whyClosed(state: PlanState): string {
  switch (state.kind) {
    case 'open':
      return 'Somebody else was quicker. Look at the plan again.';
    case 'checking':
      return 'This plan is approved, and the cluster is being looked at once more.';
    case 'waiting':
      return `This plan is approved, and waits. ${state.why}`;
    case 'rejected':
      return `This plan was rejected by <@${state.by}>. Plan again.`;
    case 'stale':
      return 'This plan no longer fits the cluster. Plan again.';
    case 'running':
      return 'This plan is being carried out already.';
    case 'over':
      return 'This plan was carried out already.';
  }
}
