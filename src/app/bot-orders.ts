import { mayOrder } from '../approval/approval.ts';
import type { RunCommand } from '../approval/decision.ts';
import { sign } from '../approval/signing.ts';
import { isForcible } from '../run/blocker.ts';
import { activeWork, silentWork } from '../run/progress.ts';
import { clusterOf, lookUp, policyAt, refuse } from './bot-access.ts';
import type { BotPorts } from './bot-ports.ts';
import type {
  BlockedWish,
  ForceWish,
  FoundBlockers,
  FoundNode,
  FoundRun,
  Ordered,
  OrderWish,
  OutOfServiceWish,
  Refused,
} from './bot-use-cases.ts';
import type { RunRecord } from './ports.ts';

export async function latestRunIn(wanted: string | undefined, channel: string, ports: BotPorts): Promise<FoundRun> {
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

export async function order(wish: OrderWish, ports: BotPorts): Promise<Ordered> {
  const { order: wanted, by, channel } = wish;
  const steered = await mayOrderAbout(wish, ports);
  if (steered.kind === 'refused') return steered;
  const { via } = steered;
  const { id: runId, cluster } = steered.record.run;
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

export async function blockers(wish: BlockedWish, ports: BotPorts): Promise<FoundBlockers> {
  const { runId, at, by, channel } = wish;
  const steered = await mayOrderAbout({ target: { runId }, by, channel }, ports);
  if (steered.kind === 'refused') return steered;
  const work = activeWork(steered.record.run, at.work, at.attempt);
  const held = work?.state.blockers.filter(isForcible) ?? [];
  return work && held.length > 0
    ? { kind: 'blocked', node: work.node, blockers: held }
    : refuse('Nothing blocks that drain any more that a deletion would help against.');
}

/** Whether somebody who types this means that pod (`namespace/name`), with its namespace or without. */
export function isNameOf(pod: string, typed: string): boolean {
  return [pod, pod.slice(pod.indexOf('/') + 1)].includes(typed.trim());
}

/** What was typed is not what was chosen: then somebody is about to delete what they did not mean. */
export async function force({ uid, typed, ...wish }: ForceWish, ports: BotPorts): Promise<Ordered> {
  const found = await blockers(wish, ports);
  if (found.kind === 'refused') return found;
  const blocker = found.blockers.find(each => each.uid === uid);
  if (!blocker) return refuse('That pod does not block the drain any more. Nothing was deleted.');
  const [namespace = '', name = ''] = blocker.pod.split('/');
  if (!isNameOf(blocker.pod, typed)) {
    return refuse(`You typed "${typed.trim()}", and chose pod ${blocker.pod}. Nothing was deleted.`);
  }
  const { runId, at, by, channel } = wish;
  const pod = { namespace, name, uid };
  return await order({ target: { runId }, order: { kind: 'force', at, pod }, by, channel }, ports);
}

export async function silentNode({ runId, at, by, channel }: BlockedWish, ports: BotPorts): Promise<FoundNode> {
  const steered = await mayOrderAbout({ target: { runId }, by, channel }, ports);
  if (steered.kind === 'refused') return steered;
  const work = silentWork(steered.record.run, at);
  return work
    ? { kind: 'node', node: work.node }
    : refuse('The upgrade does not wait any more for a node that fell silent there.');
}

/** Whoever types another name is about to have pods deleted where they did not mean to. */
export async function takeOutOfService({ typed, ...wish }: OutOfServiceWish, ports: BotPorts): Promise<Ordered> {
  const found = await silentNode(wish, ports);
  if (found.kind === 'refused') return found;
  const { node } = found;
  if (typed.trim() !== node) return refuse(`You typed "${typed.trim()}", and the node is ${node}. Nothing was done.`);
  const { runId, at, by, channel } = wish;
  return await order({ target: { runId }, order: { kind: 'out-of-service', at, node }, by, channel }, ports);
}

/** The run, and the policy entry that lets the person steer it. */
async function mayOrderAbout(
  { target, by, channel }: Omit<OrderWish, 'order'>,
  ports: BotPorts,
): Promise<{ readonly kind: 'run'; readonly record: RunRecord; readonly via: string } | Refused> {
  const found = 'runId' in target ? await runOf(target.runId, ports) : await latestRun(target.cluster, ports);
  if (found.kind === 'refused') return found;
  const at = policyAt(found.record.run.cluster, channel, ports);
  if ('kind' in at) return at;
  const person = await lookUp(by, at.policy.operators, ports);
  if (person.kind === 'outsider') return refuse(person.sentence);
  const allowed = mayOrder(at.policy, by, person.groups);
  return allowed.kind === 'refused' ? allowed : { ...found, via: allowed.via };
}

async function runOf(runId: string, { store }: BotPorts): Promise<FoundRun> {
  const record = await store.runs.get(runId);
  return record ? { kind: 'run', record } : refuse('This upgrade is not known any more.');
}
