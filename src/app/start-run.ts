import type { NodeView } from '../cluster/snapshot.ts';
import { driftOf } from '../plan/drift.ts';
import { stopsApproval } from '../plan/finding.ts';
import type { Plan } from '../plan/plan.ts';
import { type PlanningResult, planUpgrade } from '../plan/planning.ts';
import { holdWords, noPolicyWords } from '../policy/explain.ts';
import { newRun } from '../run/new-run.ts';
import type { RunState } from '../run/run.ts';
import { withStable } from '../version/calendar.ts';
import { formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';
import { runBegun } from './audit.ts';
import { isDecidedAbout, objectionsTo, type Standing, standingOf } from './authority.ts';
import { freeLeftoverLease, giveBackLeftovers } from './leftovers.ts';
import { ClusterRefused, type PlanRecord, type PlanState, type RunRecord } from './ports.ts';
import { leftoverRun } from './remembered.ts';
import { planIdOf, runIdOf } from './run-id.ts';
import type { WorkerPorts } from './worker-ports.ts';

/**
 * Somebody decided about a plan: counts the decisions and, once the plan is approved, looks at the cluster once more
 * and starts the run. May be called again at any moment, by any worker: whatever was done already is found so.
 */
export async function onDecided(planId: string, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const record = await ports.store.plans.get(planId);
  if (!record) return ports.report(`a decision about plan ${planId} came, but no such plan is stored`);
  const { state } = record;
  if (state.kind === 'running') return begin(record, ports);
  if (!isUndecided(state)) return closeForEver(record, ports, signal);
  const standing = standingOf(record, ports, ports.clock.now());
  switch (standing.kind) {
    case 'waiting':
      return tellCount(record, standing, ports);
    case 'expired':
      if (state.kind === 'open') return show(planId, 'expired', ports);
      return settle(record, stale(whyExpired(state)), ports, signal);
    case 'rejected':
      return reject(record, standing, ports, signal);
    case 'no-policy':
      return awaitPolicy(record, standing.fault, ports);
    case 'forged':
      ports.report(standing.sentence);
      return settle(record, stale(standing.sentence), ports, signal);
    case 'approved':
      return unlessRefused(record, ports, signal);
  }
}

/** Nothing has been begun where the cluster refuses what a run needs from it: people mend that, and plan again. */
async function unlessRefused(record: PlanRecord, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  try {
    await begunOrWaiting(record, ports, signal);
  } catch (error) {
    // A run that is stored may have the lease: it is gone on with once that can be told.
    if (!(error instanceof ClusterRefused) || (await ports.store.runs.get(runIdOf(record.plan.id)))) throw error;
    await settle(record, stale(`The cluster refuses what a run needs: ${error.message}`), ports, signal);
  }
}

/** The tick of a run that is not stored: its plan waits for its time or for a policy, or nobody remembers it. */
export async function onTickWithoutRun(runId: string, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const planId = planIdOf(runId);
  const stateNow = async () => (await ports.store.plans.get(planId))?.state;
  const state = await stateNow();
  if (!state || !isUndecided(state)) return ports.queues.stopTick(ports.cluster, runId);
  await onDecided(planId, ports, signal);
  // Decisions that came without a policy to count them by are counted now: such a plan waits for people, and not for a time.
  const counted = state.kind === 'open' && ports.policy().policy !== undefined;
  if (counted && (await stateNow())?.kind === 'open') await ports.queues.stopTick(ports.cluster, runId);
}

function isUndecided({ kind }: PlanState): boolean {
  return kind === 'open' || kind === 'checking' || kind === 'waiting';
}

function whyExpired(state: PlanState): string {
  return state.kind === 'waiting'
    ? `It expired while it waited. ${state.why}`
    : 'It expired before the cluster could be looked at.';
}

/** Whatever was decided stays as it is, and is counted with the first tick that finds a policy. */
async function awaitPolicy({ plan, decisions }: PlanRecord, fault: string, ports: WorkerPorts): Promise<void> {
  const why = noPolicyWords('worker', fault);
  const note = { kind: 'not-counted-yet', why } as const;
  const id = `plan-${plan.id}-not-counted-yet-${decisions.length}`;
  await ports.queues.notify(id, { kind: 'plan-note', planId: plan.id, note });
  await ports.queues.startTick(ports.cluster, runIdOf(plan.id));
}

/** People believe what the bot let them do: where this worker's policy counts otherwise, they are told. */
async function tellCount(
  record: PlanRecord,
  { have, need }: Extract<Standing, { readonly kind: 'waiting' }>,
  ports: WorkerPorts,
): Promise<void> {
  const { plan, decisions } = record;
  ports.report(`plan ${plan.id} has ${have} of the ${need} approvals that this worker wants`);
  const objections = objectionsTo(record, ports);
  await ports.store.plans.update(plan.id, now => ({ ...now, count: { need, objections } }));
  await show(plan.id, `counted-${decisions.length}-of-${need}`, ports);
  for (const { decision, by, why } of objections) {
    const verdict = decisions.find(({ value }) => value.id === decision)?.value.verdict ?? 'approve';
    const note = { kind: 'not-counted', by, verdict, why } as const;
    await ports.queues.notify(`plan-${plan.id}-not-counted-${decision}`, { kind: 'plan-note', planId: plan.id, note });
  }
}

async function begunOrWaiting(record: PlanRecord, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const runId = runIdOf(record.plan.id);
  const begun = await begunRun(runId, ports, signal);
  const why = begun ? undefined : whyNotNow(ports);
  if (why === undefined) {
    const entered = await enter(record, { kind: 'checking' }, ports);
    // No decision is taken from now on; a rejection may have come since they were counted.
    const standing = standingOf(entered, ports, ports.clock.now());
    if (standing.kind === 'rejected') return reject(entered, standing, ports, signal);
    return begun ? goOn(entered, ports) : start(entered, ports, signal);
  }
  if (record.state.kind !== 'waiting' || record.state.why !== why) await enter(record, { kind: 'waiting', why }, ports);
  await ports.queues.startTick(ports.cluster, runId);
}

/** Why an approved run cannot begin yet, in sentences. It is looked at again with every tick. */
function whyNotNow({ policy, clock }: WorkerPorts): string | undefined {
  const inForce = policy();
  const { fault } = inForce;
  if (fault === undefined || !inForce.policy) return holdWords(inForce, clock.now());
  return `The worker's policy file cannot be used as it is, so nothing is begun until it is mended. ${fault}`;
}

/**
 * A run that is stored passed the last look at the cluster before its worker died, where it has the lease. A record alone
 * says nothing: anybody who can write to Redis could have put it there.
 */
async function begunRun(runId: string, { store, quick }: WorkerPorts, signal: AbortSignal): Promise<boolean> {
  return (await store.runs.get(runId)) !== undefined && (await quick.lease.holder(signal)) === runId;
}

async function start(record: PlanRecord, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const { plan, conversation } = record;
  const runId = runIdOf(plan.id);
  const found = await lookAgain(plan, runId, ports, signal);
  if ('changes' in found) return settle(record, stale(...found.changes), ports, signal);
  const lease = await takeLease(runId, ports, signal);
  if (lease.kind === 'refused') return settle(record, stale(lease.sentence), ports, signal);
  signal.throwIfAborted();
  await giveBackUnvisited(found, plan.to, ports, signal);
  const fresh: RunRecord = { run: found.run, pending: [], conversation, commands: [] };
  const { runs } = ports.store;
  const stored = await runs.create(runId, fresh);
  // What stood there before anybody had the lease was put there by nobody who may.
  if (!stored && lease.kind === 'taken') await runs.update(runId, () => fresh);
  ports.audit(runBegun(record, ports));
  await goOn(record, ports);
}

async function goOn(record: PlanRecord, ports: WorkerPorts): Promise<void> {
  const runId = runIdOf(record.plan.id);
  await ports.store.setLatestRun(ports.cluster, runId);
  await begin(await enter(record, { kind: 'running', runId }, ports), ports);
}

async function begin({ plan }: PlanRecord, { cluster, queues }: WorkerPorts): Promise<void> {
  const runId = runIdOf(plan.id);
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
  const { clock, quick, releases } = ports;
  const { policy, fault } = ports.policy();
  if (!policy) throw new Error(noPolicyWords('worker', fault));
  const ttlMs = policy.planLifetimeSeconds * 1_000;
  try {
    const [snapshot, known] = await Promise.all([quick.reader.snapshot(signal), releases.current()]);
    const held = snapshot.lease?.run;
    const ownRun = held === runId ? runId : ((await leftoverRun(held, ports)) ?? runId);
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

type Leased = { readonly kind: 'taken' | 'held' } | { readonly kind: 'refused'; readonly sentence: string };

async function takeLease(runId: string, ports: WorkerPorts, signal: AbortSignal): Promise<Leased> {
  const { lease } = ports.quick;
  const first = await lease.acquire(runId, ports.owner, signal);
  const freed = first.kind === 'occupied' && (await freeLeftoverLease(first.by, ports, signal)) !== undefined;
  const leased = freed ? await lease.acquire(runId, ports.owner, signal) : first;
  switch (leased.kind) {
    case 'occupied':
      return { kind: 'refused', sentence: `Run ${leased.by} holds this cluster.` };
    case 'over':
      return {
        kind: 'refused',
        sentence: 'It was carried out, given up or refused before, and an approval counts once.',
      };
    case 'taken':
    case 'held':
      return { kind: leased.kind };
  }
}

/** The record in its new state; one that another worker has settled meanwhile stays as it is. */
async function enter(record: PlanRecord, state: PlanState, ports: WorkerPorts): Promise<PlanRecord> {
  const { id } = record.plan;
  const entered = await ports.store.plans.update(id, now => (isUndecided(now.state) ? { ...now, state } : undefined));
  await show(id, state.kind === 'waiting' ? `waiting-${ports.clock.now()}` : state.kind, ports);
  return entered ?? record;
}

function stale(...changes: readonly string[]): PlanState {
  return { kind: 'stale', changes };
}

async function reject(
  record: PlanRecord,
  { by, reason }: Extract<Standing, { readonly kind: 'rejected' }>,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<void> {
  await settle(record, { kind: 'rejected', by, reason }, ports, signal);
  ports.audit({ kind: 'plan-rejected', run: runIdOf(record.plan.id), by, reason });
}

async function settle(record: PlanRecord, state: PlanState, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  await closeForEver(await enter(record, state, ports), ports, signal);
}

/**
 * Redis alone cannot keep a plan closed: with its record as it was before, its decisions would count once more for as long
 * as they are recent. So the lease remembers it; not one that nobody decided about, since everybody can make those up.
 */
async function closeForEver(record: PlanRecord, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const { state, plan } = record;
  const isClosed = state.kind === 'rejected' || state.kind === 'stale';
  if (!isClosed || !isDecidedAbout(record, ports)) return;
  try {
    await ports.quick.lease.end(runIdOf(plan.id), signal);
  } catch (error) {
    if (!(error instanceof ClusterRefused)) throw error;
    ports.report(`that plan ${plan.id} is closed could not be written into the lease: ${error.message}`);
  }
}

async function show(planId: string, what: string, { queues }: WorkerPorts): Promise<void> {
  await queues.notify(`plan-${planId}-${what}`, { kind: 'plan', planId });
}
