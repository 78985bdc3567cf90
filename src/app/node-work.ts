import type { NodeView } from '../cluster/snapshot.ts';
import { isElastic, type JoinedNode } from '../plan/drift.ts';
import type { Plan, PlannedNode, Stage } from '../plan/plan.ts';
import { isAskedAbout } from '../plan/scope.ts';
import { closedWords, noPolicyWords } from '../policy/explain.ts';
import type { ClusterPolicy } from '../policy/policy.ts';
import { TO_FINISH } from '../policy/settings.ts';
import { endsAtOnce } from '../run/course.ts';
import { type ActiveWork, activeWork, isFinal } from '../run/progress.ts';
import type { RunEvent, RunState, Step, Work } from '../run/run.ts';
import { compareVersions, formatVersion } from '../version/kubernetes-version.ts';
import { takeIn } from './advance-run.ts';
import { isStillApproved, judgeCommand } from './authority.ts';
import { giveBackWhenIdle } from './give-back.ts';
import type { NodeTask, RecipePorts, RecipeSettings } from './node-task.ts';
import { createOrders, following, type RunOrders } from './orders.ts';
import { tellBackInService } from './out-of-service.ts';
import { BrokenRecord, ClusterRefused, type NodeJob, type PlanRecord } from './ports.ts';
import { upgradeNode } from './recipe.ts';
import { runIdOf } from './run-id.ts';
import type { WorkerPorts } from './worker-ports.ts';

/** True: a worker on another node goes on with this job, and nothing more is done about it here. */
type PassOn = () => Promise<boolean>;

/**
 * Carries out one work of a run, from wherever an earlier worker left it, and tells the run how it went. Before
 * anything is touched the approval is verified; node, target and command are taken from the approved plan alone.
 */
export async function doNodeWork(
  job: NodeJob,
  ports: WorkerPorts,
  signal: AbortSignal,
  passOn: PassOn = async () => false,
): Promise<void> {
  const { runId, work: key, attempt } = job;
  const record = await ports.store.runs.get(runId);
  const work = record && activeWork(record.run, key, attempt);
  if (!work || isFinal(record.run.status)) return;

  const { run } = record;
  const tell: Tell = (id, event) =>
    ports.queues.runEvent(ports.cluster, runId, `${runId}-${key}-${attempt}-${id}`, event);
  const { policy: inForce, fault = '' } = ports.policy();
  const policy = inForce ?? (await toFinish(run, work, ports, signal));
  // Nothing tells how to go on: the node is given back, and the run says why.
  if (!policy) {
    const back = endsAtOnce(work.state.step) ? await giveBackNode(job, work, ports, signal) : '';
    const why = `${noPolicyWords('worker', fault)}${back}`;
    return tell('deferred', { kind: 'deferred', work: key, attempt, why });
  }
  const task = await approvedTask(run, work, ports, signal);
  if (typeof task === 'string') {
    ports.report(`work ${key} of run ${runId} is not begun: ${task}`);
    await tell('failed', { kind: 'failed', work: key, attempt, step: 'claim', reason: task, log: [] });
    return;
  }
  // However long it lay in the queue: what has not begun waits for its time, and what has goes on to its end. Which of both
  // it is, the node itself says, until it is given back.
  const closed = inForce && closedWords(inForce, ports.clock.now());
  if (work.state.step !== 'gates' && closed !== undefined) {
    const claim = (await ports.patient.nodes.get(work.node, signal))?.claim;
    if (claim?.work !== key || claim.run !== runId)
      return tell('deferred', { kind: 'deferred', work: key, attempt, why: closed });
  }
  // With its own node a worker would drain itself.
  if (task.phase === 'kubelet' && work.node === ports.self.node && (await passOn())) return;
  const orders = createOrders(record, { work: key, attempt }, each => judgeCommand(each, ports).kind === 'allowed');
  const { step, stepSince: since, countedFrom } = work.state;
  const recipe = recipePorts(job, work, { orders, tell, policy }, ports);
  const outcome = await following({ runId, orders, signal }, ports.store, interruptible =>
    upgradeNode({ ...task, attempt, reached: { step, since, countedFrom } }, recipe, interruptible),
  );
  if (outcome.kind !== 'left') await tell(outcome.kind, { ...outcome, work: key, attempt });
}

/**
 * A host that is at work is waited for also where no policy says how, and its node brought back. That a worker which could
 * count the approvals had begun with it, the claim on the node shows: what stands in Redis alone begins nothing.
 */
async function toFinish(
  { id }: RunState,
  { key, node, state }: ActiveWork,
  { patient, report }: WorkerPorts,
  signal: AbortSignal,
): Promise<RecipePolicy | undefined> {
  if (endsAtOnce(state.step) || state.step === 'gates') return undefined;
  const claim = (await patient.nodes.get(node, signal))?.claim;
  if (claim?.run !== id || claim.work !== key || claim.attempt !== state.attempt) return undefined;
  report(
    `work ${key} of run ${id} is finished by what Capstan does by itself: there is no policy, and its host was begun with`,
  );
  return TO_FINISH;
}

/** Answers what became of the node, in a sentence that goes on from another; empty where nothing was left to be undone. */
async function giveBackNode(
  { runId: run, work, attempt }: NodeJob,
  { node, target: to }: ActiveWork,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<string> {
  const given = await giveBackWhenIdle({ run, work, attempt, node, to }, ports.patient, signal);
  if ('waitsFor' in given) return ` Node ${node} stays as it is, for its host may be at work: ${given.waitsFor}.`;
  if (given.undone?.outOfService) await tellBackInService({ run, work, attempt, node }, ports);
  return given.undone ? ` Node ${node}, which was begun with, is given back as it was.` : '';
}

type RecipePolicy = Pick<ClusterPolicy, 'drain' | 'ready' | 'gates' | 'driver'>;
type Tell = (id: string, event: RunEvent) => Promise<void>;

function recipePorts(
  job: NodeJob,
  { node, state }: ActiveWork,
  { orders, tell, policy }: { readonly orders: RunOrders; readonly tell: Tell; readonly policy: RecipePolicy },
  ports: WorkerPorts,
): RecipePorts {
  const { runId, work, attempt } = job;
  let reports = 0;
  // What was so before may come back after something else: each report counts, also of one millisecond.
  const nextReport = () => {
    reports += 1;
    return `${ports.clock.now()}.${reports}`;
  };
  return {
    ...ports.patient,
    baselines: ports.store.baselines,
    prometheus: ports.prometheus,
    clock: ports.clock,
    ownPod: ports.self.pod,
    settings: recipeSettings(policy, ports),
    orders,
    onStep: async step => {
      const isDecided = step === 'gates' || (endsAtOnce(state.step) && !endsAtOnce(step));
      const isGranted = !isDecided || (await enter(step, job, orders, ports));
      // The event also has carried out what the run has decided just now.
      if (isGranted || orders.course().kind === 'over') await tell(step, { kind: 'step', work, attempt, step });
      return isGranted;
    },
    onWaiting: (closed, overdue) => tell(`gated-${nextReport()}`, { kind: 'gated', work, attempt, closed, overdue }),
    onBackInService: () => tellBackInService({ run: runId, work, attempt, node }, ports),
    onBaselineLost: () => tell('baseline-lost', { kind: 'baseline-lost', work, attempt }),
    onTied: pods => tell('tied', { kind: 'tied', work, attempt, pods }),
    onRecordoned: hostAtWork =>
      tell(`recordoned${hostAtWork ? '-at-work' : ''}`, { kind: 'recordoned', work, attempt, hostAtWork }),
    onDeleted: async ({ namespace, name, uid }) => {
      const by = orders.forced().find(forced => forced.uid === uid);
      ports.report(
        `pod ${namespace}/${name} (${uid}) on node ${node} was deleted past its budget: order ${by?.order} of ${by?.by}, run ${runId}`,
      );
      await tell(`deleted-${uid}`, { kind: 'pod-deleted', work, attempt, uid });
    },
    onBlocked: blockers => tell(`blocked-${nextReport()}`, { kind: 'blocked', work, attempt, blockers }),
  };
}

/**
 * Whether a step may begin that is not ended by an order any more, or that nothing asks for once the run is aborted. The
 * run itself decides whether an order came before it, in one exchange with the store, so that nothing can come between.
 */
async function enter(
  step: Step,
  { runId, work, attempt }: NodeJob,
  orders: RunOrders,
  ports: WorkerPorts,
): Promise<boolean> {
  const record = await takeIn(runId, { kind: 'step', work, attempt, step }, ports);
  orders.take(record);
  const reached = record && activeWork(record.run, work, attempt)?.state.step;
  return reached !== undefined && !endsAtOnce(reached);
}

function recipeSettings({ drain, driver, gates, ready }: RecipePolicy, { settleSeconds }: WorkerPorts): RecipeSettings {
  return {
    drain,
    drainTimeoutSeconds: drain.timeoutSeconds,
    upgradeTimeoutSeconds: driver.timeoutSeconds,
    readyTimeoutSeconds: ready.timeoutSeconds,
    readySeconds: ready.stableSeconds,
    soakSeconds: ready.soakSeconds,
    prometheus: gates.prometheus,
    blockedAfterSeconds: drain.blockedAfterSeconds,
    settleSeconds,
  };
}

/** The task that the approval covers, or why there is none, in a sentence for those who decide how it goes on. */
async function approvedTask(
  run: RunState,
  work: Work,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<Omit<NodeTask, 'attempt' | 'reached'> | string> {
  try {
    const plan = await ports.store.plans.get(run.planId);
    return whyNotApproved(plan, run, ports) ?? (await taskOf(plan, run, work, ports, signal));
  } catch (error) {
    if (error instanceof BrokenRecord || error instanceof ClusterRefused) return error.message;
    throw error;
  }
}

function whyNotApproved(record: PlanRecord | undefined, run: RunState, ports: WorkerPorts): string | undefined {
  if (!record) return 'The approved plan is not stored any more. Abort, and plan again.';
  const standing = isStillApproved(record, ports);
  if (standing.kind === 'forged') return standing.sentence;
  // Nobody's policy counts them now: then only what has begun is finished.
  if (standing.kind !== 'approved' && standing.kind !== 'no-policy')
    return 'The plan of this run has not been approved by enough of the right people.';
  const its = record.state.kind === 'running' && record.state.runId === run.id && run.digest === record.plan.digest;
  return its && run.id === runIdOf(record.plan.id)
    ? undefined
    : 'This run is not the one of the plan that was approved.';
}

/**
 * Hop, phase, node and target must be the approved plan's; what the run's record says otherwise is a sentence. Only a node
 * that joined is not named there: then the cluster itself must show that the plan's pools let it take part.
 */
async function taskOf(
  record: PlanRecord | undefined,
  run: RunState,
  work: Work,
  ports: WorkerPorts,
  signal: AbortSignal,
): Promise<Omit<NodeTask, 'attempt' | 'reached'> | string> {
  const plan = record?.plan;
  const hop = plan?.hops[work.hop];
  const pass = hop?.stages.find(({ kind }) => kind === work.stage)?.passes.find(({ phase }) => phase === work.phase);
  const foreign = `The approved plan holds no work ${work.key} to ${formatVersion(work.target)}.`;
  if (!plan || !hop || !pass || compareVersions(hop.to, work.target) !== 0) return foreign;
  const joined = run.joined.find(({ node: name }) => name === work.node);
  const node = joined
    ? await joinedNode(plan, joined, ports, signal)
    : pass.nodes.find(({ name }) => name === work.node);
  if (!node) return foreign;
  return {
    run: run.id,
    work: work.key,
    node: work.node,
    uid: node.uid,
    phase: pass.phase,
    pass: pass.nodes.map(({ name }) => name),
    controlPlane: controlPlaneOn({ role: node.role, name: work.node }, plan),
    from: hop.from,
    to: hop.to,
    ignorePreflightErrors: plan.driver.ignorePreflightErrors,
    drain: plan.request.drain,
  };
}

/** It may have the name of an approved node whose place it has taken. */
async function joinedNode(
  plan: Plan,
  { node: name, uid }: JoinedNode,
  { patient }: WorkerPorts,
  signal: AbortSignal,
): Promise<NodeView | undefined> {
  const view = await patient.nodes.get(name, signal);
  return view && view.uid === uid && isElastic(view, plan) && isAskedAbout(plan.request)({ node: view })
    ? view
    : undefined;
}

function nodesOf({ passes }: Stage): readonly PlannedNode[] {
  return passes.flatMap(({ nodes }) => nodes);
}

function controlPlaneOn({ role, name }: Pick<PlannedNode, 'role' | 'name'>, plan: Plan): NodeTask['controlPlane'] {
  if (role !== 'control-plane') return 'none';
  const others = plan.hops.flatMap(({ stages }) => stages.flatMap(nodesOf)).filter(each => each.role === role);
  return others.every(each => each.name === name) ? 'all' : 'part';
}
