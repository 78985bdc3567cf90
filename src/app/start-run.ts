import type { NodeView } from '../cluster/snapshot.ts';
import { driftOf } from '../plan/drift.ts';
import { stopsApproval } from '../plan/finding.ts';
import type { Plan } from '../plan/plan.ts';
import { type PlanningResult, planUpgrade } from '../plan/planning.ts';
import { newRun } from '../run/new-run.ts';
import type { RunState } from '../run/run.ts';
import { withStable } from '../version/calendar.ts';
import { formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { standingOf } from './authority.ts';
import { freeLeftoverLease, giveBackLeftovers } from './leftovers.ts';
import { ClusterRefused, type PlanRecord, type PlanState } from './ports.ts';
import { leftoverRun } from './remembered.ts';
import type { WorkerPorts } from './worker-ports.ts';

/**
 * Somebody decided about a plan: counts the decisions and, once the plan is approved, looks at the cluster once more
 * and starts the run. May be called again at any moment, by any worker: whatever was done already is found so.
 */
export async function onDecided(planId: string, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const record = await ports.store.plans.get(planId);
  if (!record) return ports.report(`a decision about plan ${planId} came, but no such plan is stored`);
  const { state } = record;
  if (state.kind === 'running') return begin(record, state.runId, ports);
  if (state.kind !== 'open' && state.kind !== 'checking') return;
  const standing = standingOf(record, ports, ports.clock.now());
  switch (standing.kind) {
    case 'waiting':
      return ports.report(
        `plan ${planId} has ${standing.have} of the ${standing.need} approvals that this worker wants`,
      );
    case 'expired':
      if (state.kind === 'open') return show(planId, 'expired', ports);
      return settle(record, { kind: 'stale', changes: ['It expired before the cluster could be looked at.'] }, ports);
    case 'rejected':
      return settle(record, { kind: 'rejected', by: standing.by, reason: standing.reason }, ports);
    case 'forged':
      ports.report(standing.sentence);
      return settle(record, { kind: 'stale', changes: [standing.sentence] }, ports);
    case 'approved':
      return start(await enter(record, { kind: 'checking' }, ports), ports, signal);
  }
}

async function start(record: PlanRecord, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const { plan } = record;
  const runId = `r-${plan.id}`;
  // A run that is stored passed this look before its worker died: it has the lease, and may have begun.
  const begun = await ports.store.runs.get(runId);
  const found = begun ?? (await lookAgain(plan, runId, ports, signal));
  if ('changes' in found) return settle(record, { kind: 'stale', changes: found.changes }, ports);
  const taken = await takeLease(runId, ports, signal);
  if (taken !== undefined) return settle(record, { kind: 'stale', changes: [taken] }, ports);
  signal.throwIfAborted();
  if ('nodes' in found) await giveBackUnvisited(found, plan.to, ports, signal);
  await ports.store.runs.create(runId, {
    run: found.run,
    pending: [],
    conversation: record.conversation,
    commands: [],
  });
  await ports.store.setLatestRun(ports.cluster, runId);
  await begin(await enter(record, { kind: 'running', runId }, ports), runId, ports);
}

async function begin({ plan }: PlanRecord, runId: string, { cluster, queues }: WorkerPorts): Promise<void> {
  // The tick comes at once and would start the first node before the thread has heard that the run begins.
  await queues.runEvent(cluster, runId, `${runId}-begin`, { kind: 'begin' });
  await queues.startTick(cluster, runId);
  await queues.notify(`plan-${plan.id}-running`, { kind: 'plan', planId: plan.id });
}

/** Whoever holds the lease may: nodes that the run visits are taken over when their turn comes. */
async function giveBackUnvisited(
  { run, nodes }: Beginning,
  version: KubernetesVersion,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  const visited = new Set(run.works.map(({ node }) => node));
  const others = nodes.filter(({ name }) => !visited.has(name));
  await giveBackLeftovers(others, version, ports, signal);
}

interface Beginning {
  readonly run: RunState;
  readonly nodes: readonly NodeView[];
}

/**
 * The run that the approval covers in the cluster as it is now, or why there is none, in sentences. The target and what
 * lies on the way are the versions that were approved: what `next` or `latest` mean by now is of no account.
 */
async function lookAgain(
  plan: Plan,
  runId: string,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<Beginning | { readonly changes: readonly string[] }> {
  const { clock, planLifetimeMs: ttlMs, planPolicy: policy, quick, releases, store } = ports;
  try {
    const [snapshot, known] = await Promise.all([quick.reader.snapshot(signal), releases.current()]);
    const held = snapshot.lease?.run;
    const ownRun = held === runId ? runId : ((await leftoverRun(held, store)) ?? runId);
    const request = { ...plan.request, target: { kind: 'version', version: plan.to } as const };
    const { id, requestedBy } = plan;
    const now = clock.now();
    const via = plan.hops.map(({ to }) => to);
    // Whoever planned may have known of newer patches than this process does.
    const calendar = withStable(known, via);
    const fresh = planUpgrade({ snapshot, request, calendar, id, requestedBy, now, ttlMs, ownRun, policy, via });
    if (fresh.kind !== 'plan') return { changes: [whyNoPlan(fresh)] };
    const { plan: today } = fresh;
    const drift = driftOf(plan, today, snapshot.nodes);
    const stopping = today.findings.filter(stopsApproval).map(({ sentence }) => sentence);
    const changes = [...drift.changes, ...stopping];
    if (changes.length > 0) return { changes };
    return { run: newRun(plan, { id: runId, now, today, drift }), nodes: snapshot.nodes };
  } catch (error) {
    if (error instanceof ClusterRefused) {
      return { changes: [`The cluster could not be looked at once more: ${error.message}`] };
    }
    throw error;
  }
}

function whyNoPlan(fresh: Exclude<PlanningResult, { readonly kind: 'plan' }>): string {
  return fresh.kind === 'refused' ? fresh.sentence : `Everything runs ${formatVersion(fresh.version)} by now.`;
}

async function takeLease(runId: string, ports: WorkerPorts, signal: AbortSignal): Promise<string | undefined> {
  const { lease } = ports.quick;
  const first = await lease.acquire(runId, ports.owner, signal);
  if (first.kind === 'held') return undefined;
  if ((await freeLeftoverLease(first.by, ports, signal)) === undefined) return `Run ${first.by} holds this cluster.`;
  const again = await lease.acquire(runId, ports.owner, signal);
  return again.kind === 'held' ? undefined : `Run ${again.by} holds this cluster.`;
}

/** The record in its new state; one that another worker has settled meanwhile stays as it is. */
async function enter(record: PlanRecord, state: PlanState, ports: WorkerPorts): Promise<PlanRecord> {
  const { id } = record.plan;
  const entered = await ports.store.plans.update(id, now =>
    now.state.kind === 'open' || now.state.kind === 'checking' ? { ...now, state } : undefined,
  );
  await show(id, state.kind, ports);
  return entered ?? record;
}

async function settle(record: PlanRecord, state: PlanState, ports: WorkerPorts): Promise<void> {
  await enter(record, state, ports);
}

async function show(planId: string, what: string, { queues }: WorkerPorts): Promise<void> {
  await queues.notify(`plan-${planId}-${what}`, { kind: 'plan', planId });
}
