import { mayDecide, mayOrder } from '../approval/approval.ts';
import type { ApprovalPolicy, Decision, RunCommand } from '../approval/decision.ts';
import { sign } from '../approval/signing.ts';
import { stopsApproval } from '../plan/finding.ts';
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
import type { Ask } from './messages.ts';
import type { Clock, Directory, Person, PlanRecord, PlanState, Queues, Store } from './ports.ts';

export interface BotPorts {
  /** The first is the default. */
  readonly clusters: readonly string[];
  readonly policy: ApprovalPolicy;
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
    review: (planId, by) => review(planId, by, ports),
    decide: wish => decide(wish, ports),
    latestRun: cluster => latestRun(cluster, ports),
    order: wish => order(wish, ports),
  };
}

async function ask(question: Ask['question'], { cluster: wanted, replyTo }: Where, ports: BotPorts): Promise<Asked> {
  const cluster = clusterOf(wanted, ports);
  if (typeof cluster !== 'string') return cluster;
  const person = await lookUp(replyTo.user, ports);
  if (person.kind === 'outsider') return refuse(person.sentence);
  if ((await ports.queues.listeners(cluster)) === 0) {
    return refuse(
      `No worker of cluster ${cluster} is listening, so nobody could answer. Look whether its "capstan worker" runs.`,
    );
  }
  await ports.queues.ask({ id: ports.newId(), cluster, replyTo, question });
  return { kind: 'asked', cluster };
}

async function review(planId: string, by: string, ports: BotPorts): Promise<Reviewed> {
  const record = await ports.store.plans.get(planId);
  if (!record) return refuse('This plan is not known any more. Plan again.');
  const allowed = await mayDecideAbout(record, by, ports);
  return allowed.kind === 'refused' ? allowed : { kind: 'open', record };
}

async function decide(wish: DecisionWish, ports: BotPorts): Promise<Decided> {
  const { planId, digest, by, verdict, reason } = wish;
  const record = await ports.store.plans.get(planId);
  if (!record) return refuse('This plan is not known any more. Plan again.');
  const { plan } = record;
  if (plan.digest !== digest) return refuse('The plan is not the one that you were shown. Look at it again.');
  const allowed = await mayDecideAbout(record, by, ports);
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

/** A second decision of the same person changes nothing, however often it is clicked or delivered. */
async function keep(decision: Decision, ports: BotPorts): Promise<Decided> {
  const signed = sign(decision, ports.signingKey);
  const same = ({ value }: PlanRecord['decisions'][number]) =>
    value.by === decision.by && value.verdict === decision.verdict;
  const record = await ports.store.plans.update(decision.planId, now =>
    now.state.kind !== 'open' || now.decisions.some(same)
      ? undefined
      : { ...now, decisions: [...now.decisions, signed] },
  );
  if (!record) return refuse('This plan is not known any more. Plan again.');
  const counted = record.decisions.find(same);
  if (!counted) return refuse(whyClosed(record.state));
  const { planId, cluster, id } = counted.value;
  await ports.queues.decided(cluster, planId, id);
  await ports.queues.notify(`plan-${planId}-${id}`, { kind: 'plan', planId });
  return { kind: 'recorded', record };
}

async function latestRun(wanted: string | undefined, ports: BotPorts): Promise<FoundRun> {
  const cluster = clusterOf(wanted, ports);
  if (typeof cluster !== 'string') return cluster;
  const id = await ports.store.latestRun(cluster);
  const record = id === undefined ? undefined : await ports.store.runs.get(id);
  return record ? { kind: 'run', record } : refuse(`No upgrade of cluster ${cluster} is known.`);
}

async function order({ target, command, by }: OrderWish, ports: BotPorts): Promise<Ordered> {
  const found = 'runId' in target ? await runOf(target.runId, ports) : await latestRun(target.cluster, ports);
  if (found.kind === 'refused') return found;
  const person = await lookUp(by, ports);
  if (person.kind === 'outsider') return refuse(person.sentence);
  const allowed = mayOrder(ports.policy, by, person.groups);
  if (allowed.kind === 'refused') return allowed;
  const { id: runId, cluster } = found.record.run;
  const value: RunCommand = { id: ports.newId(), runId, cluster, by, via: allowed.via, command, at: ports.clock.now() };
  await ports.queues.commanded(sign(value, ports.signingKey));
  return { kind: 'sent', runId };
}

async function runOf(runId: string, { store }: BotPorts): Promise<FoundRun> {
  const record = await store.runs.get(runId);
  return record ? { kind: 'run', record } : refuse('This upgrade is not known any more.');
}

async function mayDecideAbout({ plan, state }: PlanRecord, by: string, ports: BotPorts) {
  if (state.kind !== 'open') return refuse(whyClosed(state));
  if (ports.clock.now() >= plan.expiresAt) return refuse('This plan has expired. Plan again.');
  const person = await lookUp(by, ports);
  if (person.kind === 'outsider') return refuse(person.sentence);
  return mayDecide(ports.policy, plan.requestedBy, by, person.groups);
}

function lookUp(by: string, { directory, policy }: BotPorts): Promise<Person> {
  const groups = policy.approvers.filter(entry => entry.startsWith('S'));
  return directory.person(by, groups);
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
