import { isChannel, type May, mayAsk, mayDecide, mayOrder } from '../approval/approval.ts';
import type { Asking, Decision, RunCommand } from '../approval/decision.ts';
import { isGenuine } from '../approval/genuine.ts';
import { contentHash, publicKeyOf, sign } from '../approval/signing.ts';
import { stopsApproval } from '../plan/finding.ts';
import { fingerprint } from '../policy/fingerprint.ts';
import type { ClusterPolicy, PolicyInForce } from '../policy/policy.ts';
import type {
  Asked,
  BotUseCases,
  Decided,
  DecisionWish,
  FoundRun,
  Ordered,
  OrderWish,
  Refused,
  Reviewed,
  Where,
} from './bot-use-cases.ts';
import type { Question } from './messages.ts';
import type { Clock, Directory, Person, PlanRecord, PlanState, Queues, Store } from './ports.ts';

export interface BotPorts {
  /** The first is the default. */
  readonly clusters: readonly string[];
  /** This bot's copy of the policy; undefined for a cluster that it does not name. */
  readonly policyOf: (cluster: string) => PolicyInForce | undefined;
  readonly signingKey: string;
  readonly store: Pick<Store, 'plans' | 'runs' | 'latestRun'>;
  readonly queues: Pick<Queues, 'ask' | 'listeners' | 'decided' | 'commanded' | 'notify'>;
  readonly directory: Directory;
  readonly clock: Clock;
  /** Unique, of small letters and digits: becomes part of keys and of names in the cluster. */
  readonly newId: () => string;
}

/** The bot refuses early and in words; what counts is the worker's own check of what is signed here. */
export function createBotUseCases(ports: BotPorts): BotUseCases {
  return {
    ask: (question, where) => ask(question, where, ports),
    review: (planId, by, verdict) => review(planId, { by, verdict }, ports),
    decide: wish => decide(wish, ports),
    latestRun: (cluster, channel) => latestRunIn(cluster, channel, ports),
    order: wish => order(wish, ports),
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

async function latestRunIn(wanted: string | undefined, channel: string, ports: BotPorts): Promise<FoundRun> {
  const found = await latestRun(wanted, ports);
  if (found.kind === 'refused') return found;
  const at = policyAt(found.record.run.cluster, channel, ports);
  return 'kind' in at ? at : found;
}

async function latestRun(wanted: string | undefined, ports: BotPorts): Promise<FoundRun> {
  const cluster = clusterOf(wanted, ports);
  if (typeof cluster !== 'string') return cluster;
  const id = await ports.store.latestRun(cluster);
  const record = id === undefined ? undefined : await ports.store.runs.get(id);
  return record ? { kind: 'run', record } : refuse(`No upgrade of cluster ${cluster} is known.`);
}

async function order({ target, order: wanted, by, channel }: OrderWish, ports: BotPorts): Promise<Ordered> {
  const found = 'runId' in target ? await runOf(target.runId, ports) : await latestRun(target.cluster, ports);
  if (found.kind === 'refused') return found;
  const { id: runId, cluster } = found.record.run;
  const at = policyAt(cluster, channel, ports);
  if ('kind' in at) return at;
  const person = await lookUp(by, at.policy.operators, ports);
  if (person.kind === 'outsider') return refuse(person.sentence);
  const allowed = mayOrder(at.policy, by, person.groups);
  if (allowed.kind === 'refused') return allowed;
  const { via } = allowed;
  const value: RunCommand = {
    id: ports.newId(),
    runId,
    cluster,
    by,
    via,
    channel,
    order: wanted,
    at: ports.clock.now(),
  };
  await ports.queues.commanded(sign(value, ports.signingKey));
  return { kind: 'sent', runId };
}

async function runOf(runId: string, { store }: BotPorts): Promise<FoundRun> {
  const record = await store.runs.get(runId);
  return record ? { kind: 'run', record } : refuse('This upgrade is not known any more.');
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

function lookUp(by: string, entries: readonly string[], { directory }: BotPorts): Promise<Person> {
  const groups = entries.filter(entry => entry.startsWith('S'));
  return directory.person(by, groups);
}

function listed(requesters: ClusterPolicy['requesters']): readonly string[] {
  return requesters === 'anyone' ? [] : requesters;
}

function policyAt(cluster: string, channel: string, ports: BotPorts): PolicyInForce | Refused {
  const found = policyOf(cluster, ports);
  if ('kind' in found || isChannel(found.policy, channel)) return found;
  const { channels } = found.policy;
  const where = typeof channels === 'string' ? channels : channels.map(id => `<#${id}>`).join(', ');
  return refuse(`Cluster ${cluster} is not spoken of here. Its policy accepts commands in ${where}.`);
}

function policyOf(cluster: string, ports: BotPorts): PolicyInForce | Refused {
  return (
    ports.policyOf(cluster) ??
    refuse(`The policy of this bot does not name cluster ${cluster}, so nobody may do anything with it here.`)
  );
}

function brokenPolicy(fault: string): string {
  return `The policy file cannot be used as it is, so nothing new is planned or approved until it is mended. ${fault}`;
}

function clusterOf(wanted: string | undefined, { clusters }: BotPorts): string | Refused {
  const cluster = wanted ?? clusters[0];
  if (cluster !== undefined && clusters.includes(cluster)) return cluster;
  return refuse(`There is no cluster "${wanted}" here. Known: ${clusters.join(', ')}.`);
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

function refuse(sentence: string): Refused {
  return { kind: 'refused', sentence };
}
