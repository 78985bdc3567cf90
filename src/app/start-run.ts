import { describeChanges } from '../plan/digest.ts';
import { stopsApproval } from '../plan/finding.ts';
import type { Plan } from '../plan/plan.ts';
import { type PlanningResult, planUpgrade } from '../plan/planning.ts';
import { newRun } from '../run/new-run.ts';
import { formatVersion } from '../version/kubernetes-version.ts';
import { standingOf } from './authority.ts';
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
  const changes = begun ? [] : await whatChanged(plan, runId, ports, signal);
  if (changes.length > 0) return settle(record, { kind: 'stale', changes }, ports);
  const taken = await takeLease(runId, ports, signal);
  if (taken !== undefined) return settle(record, { kind: 'stale', changes: [taken] }, ports);
  signal.throwIfAborted();
  const run = newRun(plan, { id: runId, now: ports.clock.now() });
  await ports.store.runs.create(runId, { run, pending: [], conversation: record.conversation, commands: [] });
  await ports.store.setLatestRun(ports.cluster, runId);
  await begin(await enter(record, { kind: 'running', runId }, ports), runId, ports);
}

async function begin({ plan }: PlanRecord, runId: string, { cluster, queues }: WorkerPorts): Promise<void> {
  // The tick comes at once and would start the first node before the thread has heard that the run begins.
  await queues.runEvent(cluster, runId, `${runId}-begin`, { kind: 'begin' });
  await queues.startTick(cluster, runId);
  await queues.notify(`plan-${plan.id}-running`, { kind: 'plan', planId: plan.id });
}

/**
 * Why the approval does not cover the cluster as it is now, in sentences; empty where it does. The target is the version
 * that was approved: what `next` or `latest` mean by now is of no account.
 */
async function whatChanged(plan: Plan, runId: string, ports: WorkerPorts, signal: AbortSignal): Promise<string[]> {
  const { calendar, clock, planLifetimeMs: ttlMs, quick, store } = ports;
  try {
    const snapshot = await quick.reader.snapshot(signal);
    const held = snapshot.lease?.run;
    const ownRun = held === runId ? runId : ((await leftoverRun(held, store)) ?? runId);
    const request = { ...plan.request, target: { kind: 'version', version: plan.to } as const };
    const { id, requestedBy } = plan;
    const now = clock.now();
    return compare(plan, planUpgrade({ snapshot, request, calendar, id, requestedBy, now, ttlMs, ownRun }));
  } catch (error) {
    if (error instanceof ClusterRefused) return [`The cluster could not be looked at once more: ${error.message}`];
    throw error;
  }
}

function compare(plan: Plan, fresh: PlanningResult): string[] {
  switch (fresh.kind) {
    case 'refused':
      return [fresh.sentence];
    case 'nothing-to-do':
      return [`Everything runs ${formatVersion(fresh.version)} by now.`];
    case 'plan': {
      const stopping = fresh.plan.findings.filter(stopsApproval).map(({ sentence }) => sentence);
      return [...describeChanges(plan, fresh.plan), ...stopping];
    }
  }
}

async function takeLease(runId: string, ports: WorkerPorts, signal: AbortSignal): Promise<string | undefined> {
  const { lease } = ports.quick;
  const first = await lease.acquire(runId, ports.owner, signal);
  if (first.kind === 'held') return undefined;
  const leftover = await leftoverRun(first.by, ports.store);
  if (leftover === undefined) return `Run ${first.by} holds this cluster.`;
  ports.report(`the lease of run ${leftover}, which nobody goes on with, is given back`);
  await lease.release(leftover, signal);
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
