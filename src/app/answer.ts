import type { ClusterSnapshot, NodeView } from '../cluster/snapshot.ts';
import { type PlanningResult, planUpgrade } from '../plan/planning.ts';
import { isInPool } from '../plan/pools.ts';
import type { PlanRequest } from '../plan/request.ts';
import { noSuchPool } from '../plan/scope.ts';
import { versionsView } from '../plan/versions-view.ts';
import { noPolicyWords } from '../policy/explain.ts';
import { fingerprint } from '../policy/fingerprint.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import { judgeAsk } from './authority.ts';
import { freeLeftoverLease, giveBackLeftovers } from './leftovers.ts';
import type { Answer, Ask } from './messages.ts';
import { ClusterRefused, ClusterUnreachable, type PlanRecord } from './ports.ts';
import { leftoverRun, recordOf } from './remembered.ts';
import { nodeRows, statusReport } from './status.ts';
import type { WorkerPorts } from './worker-ports.ts';

/** Answers a question from Slack by a notice. Asked again, it answers again under the same id, which tells nobody twice. */
export async function answerAsk(ask: Ask, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  if (judgeAsk(ask, ports).kind === 'forged') {
    return ports.report(
      `a question (${ask.question.kind}, in the name of ${ask.replyTo.user}) was not signed by the bot`,
    );
  }
  const answer = await tryToAnswer(ask, ports, signal);
  if (answer === 'plan-stored') {
    await ports.queues.notify(`plan-${ask.id}-made`, { kind: 'plan', planId: ask.id });
    return;
  }
  const { replyTo, cluster } = ask;
  await ports.queues.notify(`answer-${ask.id}`, { kind: 'answer', replyTo, cluster, answer });
}

async function tryToAnswer(ask: Ask, ports: WorkerPorts, signal: AbortSignal): Promise<Answer | 'plan-stored'> {
  const { question } = ask;
  const { reader } = ports.quick;
  const refused = whyRefused(ask, ports);
  if (refused) return refused;
  try {
    switch (question.kind) {
      case 'plan':
        return await plan(ask, question.request, ports, signal);
      case 'status':
        return { kind: 'status', status: await status(ports, signal) };
      case 'versions':
        return { kind: 'versions', versions: await versions(ports, signal) };
      case 'nodes':
        return nodesAnswer(await reader.nodes(signal), question.pool);
    }
  } catch (error) {
    if (error instanceof ClusterUnreachable || error instanceof ClusterRefused) {
      return { kind: 'unreachable', detail: error.message };
    }
    throw error;
  }
}

function nodesAnswer(nodes: readonly NodeView[], pool: string | undefined): Answer {
  if (pool === undefined) return { kind: 'nodes', rows: nodeRows(nodes) };
  return noSuchPool(nodes, pool) ?? { kind: 'nodes', rows: nodeRows(nodes.filter(node => isInPool(node, pool))), pool };
}

/** The bot lets through what its own copy of the policy allows; this is where it is told that the worker's does not. */
function whyRefused(ask: Ask, ports: WorkerPorts): Extract<Answer, { readonly kind: 'refused' }> | undefined {
  const verdict = judgeAsk(ask, ports);
  if (verdict.kind === 'refused') {
    const sentence = `The worker's policy refuses this to <@${ask.replyTo.user}>: ${verdict.why}.`;
    return { kind: 'refused', sentence, instead: "The bot's policy allows it: give both the same policy file." };
  }
  if (verdict.kind === 'no-policy')
    return { kind: 'refused', sentence: noPolicyWords('worker', verdict.fault), instead: MEND };
  const { fault } = ports.policy();
  if (ask.question.kind !== 'plan' || fault === undefined) return undefined;
  const sentence = `The worker's policy file cannot be used as it is, so nothing new is planned. ${fault}`;
  return { kind: 'refused', sentence, instead: MEND };
}

const MEND = 'Mend it and ask again; it is read as soon as it changes.';

async function status(ports: WorkerPorts, signal: AbortSignal) {
  const [snapshot, calendar] = await Promise.all([ports.quick.reader.snapshot(signal), ports.releases.current()]);
  const runId = await ports.store.latestRun(ports.cluster);
  const record = runId === undefined ? undefined : await recordOf(runId, ports);
  return statusReport(snapshot, calendar, record === 'broken' ? undefined : record?.run);
}

async function versions({ quick, releases }: WorkerPorts, signal: AbortSignal) {
  const [snapshot, calendar] = await Promise.all([quick.reader.snapshot(signal), releases.current()]);
  return versionsView(snapshot, calendar);
}

/** The ask's id becomes the plan's, so that an ask that is delivered twice makes one plan. */
async function plan(
  { id, replyTo, asking }: Ask,
  request: PlanRequest,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<Answer | 'plan-stored'> {
  const { clock, cluster, quick, releases, store } = ports;
  const { policy, fault } = ports.policy();
  if (!policy) throw new Error(noPolicyWords('worker', fault));
  const [snapshot, calendar] = await Promise.all([quick.reader.snapshot(signal), releases.current()]);
  const leftover = await leftoverRun(snapshot.lease?.run, ports);
  const result: PlanningResult = planUpgrade({
    snapshot,
    request,
    calendar,
    policy,
    policyDiffers: asking.value.policy !== fingerprint(policy),
    history: await store.history(cluster),
    id,
    requestedBy: replyTo.user,
    now: clock.now(),
    ttlMs: policy.planLifetimeSeconds * 1_000,
    ...(leftover === undefined ? {} : { ownRun: leftover }),
  });
  switch (result.kind) {
    case 'refused':
      return result;
    case 'nothing-to-do':
      return { ...result, givenBack: await cleanUp(snapshot, result.version, ports, signal) };
    case 'plan': {
      const conversation = { channel: replyTo.channel, user: replyTo.user };
      const { plan } = result;
      const fresh: PlanRecord = {
        plan,
        conversation,
        asking,
        decisions: [],
        count: undefined,
        state: { kind: 'open' },
      };
      await store.plans.create(id, fresh);
      return 'plan-stored';
    }
  }
}

/** No further run will come and take over what an earlier one has left. */
async function cleanUp(
  { nodes, lease }: ClusterSnapshot,
  version: KubernetesVersion,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const given = await giveBackLeftovers(nodes, version, ports, signal);
  await freeLeftoverLease(lease?.run, ports, signal);
  return given;
}
