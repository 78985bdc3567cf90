import type { Plan, PlannedNode, Stage } from '../plan/plan.ts';
import { newRun } from '../run/new-run.ts';
import { isFinal } from '../run/progress.ts';
import type { RunEvent, RunState, Work } from '../run/run.ts';
import { isStillApproved } from './authority.ts';
import type { NodeJob, PlanRecord } from './ports.ts';
import { type NodeTask, upgradeNode } from './recipe.ts';
import type { WorkerPorts } from './worker-ports.ts';

/**
 * Carries out one work of a run, from wherever an earlier worker left it, and tells the run how it went. Before
 * anything is touched the approval is verified; node, target and command are taken from the approved plan alone.
 */
export async function doNodeWork(job: NodeJob, ports: WorkerPorts, signal: AbortSignal): Promise<void> {
  const { runId, work: key, attempt } = job;
  const run = (await ports.store.runs.get(runId))?.run;
  const work = run?.works.find(candidate => candidate.key === key);
  if (!run || !work || isFinal(run.status) || work.state.kind !== 'active' || work.state.attempt !== attempt) return;

  const tell = (id: string, event: RunEvent) =>
    ports.queues.runEvent(ports.cluster, runId, `${runId}-${key}-${attempt}-${id}`, event);
  const plan = await ports.store.plans.get(run.planId);
  const why = whyNotApproved(plan, run, ports);
  if (!plan || why !== undefined) {
    ports.report(`work ${key} of run ${runId} is not begun: ${why}`);
    await tell('failed', { kind: 'failed', work: key, attempt, step: 'claim', reason: why ?? '', log: [] });
    return;
  }
  const outcome = await upgradeNode(
    taskOf(plan.plan, run, work, { attempt, step: work.state.step, since: work.state.stepSince }),
    {
      ...ports.patient,
      clock: ports.clock,
      settings: ports.settings,
      onStep: step => tell(step, { kind: 'step', work: key, attempt, step }),
      // The same blockers may come back after others: each report counts.
      onBlocked: blockers => tell(`blocked-${ports.clock.now()}`, { kind: 'blocked', work: key, attempt, blockers }),
    },
    signal,
  );
  const ended = { work: key, attempt };
  await tell(outcome.kind, { ...outcome, ...ended });
}

function whyNotApproved(record: PlanRecord | undefined, run: RunState, ports: WorkerPorts): string | undefined {
  if (!record) return 'The approved plan is not stored any more. Abort, and plan again.';
  const standing = isStillApproved(record, ports);
  if (standing.kind === 'forged') return standing.sentence;
  if (standing.kind !== 'approved') return 'The plan of this run has not been approved by enough of the right people.';
  const its = record.state.kind === 'running' && record.state.runId === run.id && run.digest === record.plan.digest;
  return its ? undefined : 'This run is not the one of the plan that was approved.';
}

interface Reached {
  readonly attempt: number;
  readonly step: NodeTask['reached']['step'];
  readonly since: number;
}

/** Everything but how far it came is the plan's. Throws where the plan holds no such work. */
function taskOf(plan: Plan, run: RunState, { key }: Work, { attempt, step, since }: Reached): NodeTask {
  const planned = newRun(plan, { id: run.id, now: run.startedAt }).works.find(work => work.key === key);
  const hop = planned && plan.hops[planned.hop];
  const node = planned && hop?.stages.flatMap(nodesOf).find(({ name }) => name === planned.node);
  if (!planned || !hop || !node) throw new Error(`The approved plan ${plan.id} holds no work ${key}.`);
  return {
    run: run.id,
    work: key,
    attempt,
    node: node.name,
    uid: node.uid,
    phase: planned.phase,
    kubeadm: planned.kubeadm,
    controlPlane: controlPlaneOn(node, plan),
    from: hop.from,
    to: planned.target,
    reached: { step, since },
  };
}

function nodesOf({ passes }: Stage): readonly PlannedNode[] {
  return passes.flatMap(({ nodes }) => nodes);
}

function controlPlaneOn({ role, name }: PlannedNode, plan: Plan): NodeTask['controlPlane'] {
  if (role !== 'control-plane') return 'none';
  const others = plan.hops.flatMap(({ stages }) => stages.flatMap(nodesOf)).filter(each => each.role === role);
  return others.every(each => each.name === name) ? 'all' : 'part';
}
