import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import { type PlanningResult, planUpgrade } from '../plan/planning.ts';
import type { PlanRequest } from '../plan/request.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import { freeLeftoverLease, giveBackLeftovers } from './leftovers.ts';
import type { Answer, Ask } from './messages.ts';
import { ClusterRefused, ClusterUnreachable } from './ports.ts';
import { leftoverRun } from './remembered.ts';
import { nodeRows, statusReport } from './status.ts';
import type { WorkerPorts } from './worker-ports.ts';

/** Answers a question from Slack by a notice. Asked again, it answers again under the same id, which tells nobody twice. */
export async function answerAsk(ask: Ask, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
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
  try {
    switch (question.kind) {
      case 'plan':
        return await plan(ask, question.request, ports, signal);
      case 'status':
        return { kind: 'status', status: await status(ports, signal) };
      case 'nodes':
        return { kind: 'nodes', rows: nodeRows(await reader.nodes(signal)) };
    }
  } catch (error) {
    if (error instanceof ClusterUnreachable || error instanceof ClusterRefused) {
      return { kind: 'unreachable', detail: error.message };
    }
    throw error;
  }
}

async function status(ports: WorkerPorts, signal: AbortSignal) {
  const [snapshot, calendar] = await Promise.all([ports.quick.reader.snapshot(signal), ports.releases.current()]);
  const runId = await ports.store.latestRun(ports.cluster);
  const record = runId === undefined ? undefined : await ports.store.runs.get(runId);
  return statusReport(snapshot, calendar, record?.run);
}

/** The ask's id becomes the plan's, so that an ask that is delivered twice makes one plan. */
async function plan(
  { id, replyTo }: Ask,
  request: PlanRequest,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<Answer | 'plan-stored'> {
  const { clock, cluster, planLifetimeMs: ttlMs, planPolicy: policy, quick, releases, store } = ports;
  const [snapshot, calendar] = await Promise.all([quick.reader.snapshot(signal), releases.current()]);
  const leftover = await leftoverRun(snapshot.lease?.run, store);
  const result: PlanningResult = planUpgrade({
    snapshot,
    request,
    calendar,
    policy,
    history: await store.history(cluster),
    id,
    requestedBy: replyTo.user,
    now: clock.now(),
    ttlMs,
    ...(leftover === undefined ? {} : { ownRun: leftover }),
  });
  switch (result.kind) {
    case 'refused':
      return result;
    case 'nothing-to-do':
      return { ...result, givenBack: await cleanUp(snapshot, result.version, ports, signal) };
    case 'plan': {
      const conversation = { channel: replyTo.channel, user: replyTo.user };
      await store.plans.create(id, { plan: result.plan, conversation, decisions: [], state: { kind: 'open' } });
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
