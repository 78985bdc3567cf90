import type { NodeClaim, PodView } from '../cluster/snapshot.ts';
import { drainRulesFor } from '../plan/drain-options.ts';
import type { Phase } from '../plan/plan.ts';
import type { DrainOptions } from '../plan/request.ts';
import type { PrometheusPolicy } from '../policy/policy.ts';
import { endsAtOnce } from '../run/course.ts';
import type { Blocker, ClosedGate, Step } from '../run/run.ts';
import type { KubernetesVersion } from '../version/kubernetes-version.ts';
import { baselineOf } from './baseline.ts';
import { assertClaimed, assertNotOutrun, assertOurs, claimNode, deleted, giveBack, hostWorkId } from './claim.ts';
import { claimWatcher } from './claim-watcher.ts';
import { type Cordoning, keepCordoned } from './cordon.ts';
import type { Deadline } from './deadline.ts';
import { type DrainRules, drainNode } from './drain.ts';
import { awaitDetached, awaitGates, awaitNode, type GateSettings } from './gate-steps.ts';
import type { MetricQueries } from './gates/prometheus.ts';
import { type Orders, Stopped, untilGoing } from './orders.ts';
import type {
  Clock,
  CordonRules,
  Driver,
  HostWorkOutcome,
  NodeControl,
  PodControl,
  Records,
  RunLease,
  Surroundings,
} from './ports.ts';
import { StepFailed } from './step-failed.ts';
import { isPast, type Reached, type StepTimeouts, sinceOf, withinItsTime } from './step-limits.ts';
import { commandFor } from './turn.ts';
import { whileWatched } from './watchful.ts';
import type { Baseline, VolumeControl, WorkloadControl } from './workload-ports.ts';

/** One phase of one node, taken from the approved plan. */
export interface NodeTask {
  readonly run: string;
  readonly work: string;
  readonly attempt: number;
  readonly node: string;
  readonly uid: string;
  readonly phase: Phase;
  /** Every node that was approved for this pass, by name. */
  readonly pass: readonly string[];
  /** Whether the node carries a part of the control plane, or all of it. */
  readonly controlPlane: 'none' | 'part' | 'all';
  readonly from: KubernetesVersion;
  readonly to: KubernetesVersion;
  readonly ignorePreflightErrors: readonly string[];
  /** What the plan says of drains, over the policy. */
  readonly drain?: DrainOptions | undefined;
  readonly reached: Reached;
}

export interface RecipeSettings extends StepTimeouts, GateSettings {
  readonly drain: DrainRules & CordonRules;
  /** For how long a control plane of one node must have been well again before pods are moved elsewhere. */
  readonly settleSeconds: number;
  /** After how long a drain says what keeps it. */
  readonly blockedAfterSeconds: number;
}

export interface RecipePorts {
  readonly nodes: NodeControl;
  readonly pods: PodControl;
  readonly workloads: WorkloadControl;
  readonly volumes: VolumeControl;
  readonly prometheus: (from: PrometheusPolicy) => MetricQueries;
  readonly baselines: Pick<Records<Baseline>, 'get' | 'create'>;
  readonly lease: RunLease;
  readonly surroundings: Surroundings;
  readonly driver: Driver;
  readonly clock: Clock;
  /** UID of the pod that does all this, where it runs in the cluster. */
  readonly ownPod?: string | undefined;
  readonly settings: RecipeSettings;
  readonly orders: Orders;
  /** False: the run does not want the step any more, or not yet; its orders say which. */
  readonly onStep: (step: Step) => Promise<boolean>;
  /** A pod was deleted by order, past its budget. */
  readonly onDeleted: (pod: PodView) => Promise<void>;
  readonly onBlocked: (blockers: readonly Blocker[]) => Promise<void>;
  /** What the gates wait for has changed; `overdue`: for so long that people should know. */
  readonly onWaiting: (closed: readonly ClosedGate[], overdue: boolean) => Promise<void>;
  /** Somebody uncordoned the node, and it was cordoned once more; may be said again by each worker. */
  readonly onRecordoned: (hostAtWork: boolean) => Promise<void>;
}

export type RecipeOutcome =
  | { readonly kind: 'done' }
  /** By an order; the node is given back. */
  | { readonly kind: 'stopped' }
  /** The run wants nothing more of the attempt: it counts as done, or is another's. */
  | { readonly kind: 'left' }
  | { readonly kind: 'failed'; readonly step: Step; readonly reason: string; readonly log: readonly string[] };

type RunStep = <T>(name: Step, act: (deadline: Deadline) => Promise<T>) => Promise<T>;

/**
 * Carries out one phase on one node. Each step does nothing where its effect is already there, so any worker may begin
 * again at any moment. A failed node stays claimed and cordoned, so that nothing is put on it while people decide: a
 * retry goes on from there, skip and abort give it back. Orders are followed at once until the host is being changed
 * (`WHEN_ORDERED`). Aborting the signal leaves everything to the next worker; it throws then, and also where an error may
 * pass before the step's time is over.
 */
export async function upgradeNode(task: NodeTask, ports: RecipePorts, signal: AbortSignal): Promise<RecipeOutcome> {
  const { node, reached } = task;
  const { clock, settings: timeouts, orders, onStep } = ports;
  let current: Step = 'claim';

  const within = <T>(name: Step, until: AbortSignal, act: (deadline: Deadline) => Promise<T>): Promise<T> => {
    current = name;
    return withinItsTime({ name, node, reached, timeouts, clock, orders, signal: until }, act);
  };
  const step: RunStep = async (name, act) => {
    do await untilGoing(orders, signal);
    while (!(await onStep(name)));
    return await within(name, isInterrupted(name) ? AbortSignal.any([signal, orders.stopped]) : signal, act);
  };
  const endedBy = async (error: unknown): Promise<RecipeOutcome> => {
    if (signal.aborted) throw error;
    if (error instanceof Stopped || (orders.stopped.aborted && (current === 'gates' || endsAtOnce(current)))) {
      if (orders.course().kind === 'over') return { kind: 'left' };
      await within('uncordon', signal, ({ either }) => giveBack(task, ports.nodes, either));
      return { kind: 'stopped' };
    }
    return failedBy(error);
  };
  const failedBy = (error: unknown): RecipeOutcome => {
    if (signal.aborted || !(error instanceof StepFailed)) throw error;
    return { kind: 'failed', step: current, reason: error.message, log: error.log };
  };

  try {
    await RECIPES[task.phase](task, ports, step);
    return { kind: 'done' };
  } catch (error) {
    await assertNotOutrun(error, task, ports.nodes, signal);
    return await endedBy(error).catch(failedBy);
  }
}

/**
 * A claim is not: whether it was still written could not be seen then, and so not be undone either. Gates have nothing to
 * undo: the attempt is over as soon as somebody waives them.
 */
function isInterrupted(step: Step): boolean {
  return step === 'gates' || (step !== 'claim' && endsAtOnce(step));
}

const RECIPES: Readonly<Record<Phase, (task: NodeTask, ports: RecipePorts, step: RunStep) => Promise<void>>> = {
  'control-plane': upgradeControlPlane,
  config: migrateConfig,
  kubelet: upgradeKubelet,
};

async function upgradeKubelet(task: NodeTask, ports: RecipePorts, step: RunStep): Promise<void> {
  const { nodes } = ports;
  const { node } = task;
  const first = await step('claim', ({ either }) => claimNode(task, ports, either));
  if (first === 'nothing-to-do') return await askAgain(task, ports, step);
  // Before the pods are moved; other phases, which move none, begin with it on the host. Once it was passed the host may be
  // in the middle of its upgrade, and is not asked again.
  if (!isPast('preflight', task.reached)) {
    const watch = { node, cordon: undefined, needsKubelet: 'asked whether it is fit' };
    await step('preflight', deadline =>
      whileWatched({ ...watch, deadline }, ports, each => workOnHost(task, first, ports, each, 'preflight')),
    );
  }
  const claim = await step('cordon', ({ either }) => cordonNode(cordoningOf(task, first, ports), ports, either));
  const cordon = cordoningOf(task, claim, ports);
  // Whoever takes over once the host's upgrade has begun drains what came meanwhile; a silent kubelet is then part of it.
  const needsKubelet = isPast('drain', task.reached) ? undefined : 'drained';
  const baseline = await step('drain', deadline =>
    whileWatched({ node, cordon, needsKubelet, deadline }, ports, async each => {
      const before = await baselineOf(workId(task), node, ports, each.either);
      await drain(task, claim, ports, each);
      await awaitDetached(task, ports, each);
      return before;
    }),
  );
  await step('upgrade', deadline =>
    whileWatched({ node, cordon: { ...cordon, hostAtWork: true }, needsKubelet: undefined, deadline }, ports, each =>
      workOnHost(task, claim, ports, each),
    ),
  );
  await step('ready', async deadline => {
    await awaitNode(task, baseline, ports, deadline);
    await awaitControllers(task, ports, deadline);
  });
  await step('uncordon', async ({ either }) => assertOurs(node, await nodes.release(node, claim, either)));
  await step('gates', deadline => awaitGates(task, baseline, ports, deadline));
}

/** A node that stands where it should, and belongs to nobody: where this work has drained it, its gates are still to pass. */
async function askAgain(task: NodeTask, ports: RecipePorts, step: RunStep): Promise<void> {
  const baseline = await ports.baselines.get(workId(task));
  if (baseline) await step('gates', deadline => awaitGates(task, baseline, ports, deadline));
}

function workId({ run, work }: NodeTask): string {
  return `${run}-${work}`;
}

function cordoningOf(
  { node, reached }: NodeTask,
  claim: NodeClaim,
  { settings, onRecordoned }: RecipePorts,
): Cordoning {
  return { node, claim, rules: settings.drain, hostAtWork: isPast('drain', reached), onRecordoned };
}

/** A worker that comes after another may find that somebody has undone its cordon. */
async function cordonNode(cordoning: Cordoning, { nodes }: RecipePorts, signal: AbortSignal): Promise<NodeClaim> {
  const seen = await nodes.get(cordoning.node, signal);
  if (!seen) throw deleted(cordoning.node);
  return await keepCordoned(cordoning, seen, nodes, signal);
}

/** Static pods are replaced under running workloads: nothing is cordoned or drained. */
async function upgradeControlPlane(task: NodeTask, ports: RecipePorts, step: RunStep): Promise<void> {
  const { nodes, driver } = ports;
  const { node, to: version, reached } = task;
  // Its claim is gone by then, and a control plane does not show that this very work is done.
  if (reached.step === 'gates') return await step('gates', deadline => awaitGates(task, undefined, ports, deadline));
  const claim = await step('claim', ({ either }) => claimNode(task, ports, either));
  if (claim === 'nothing-to-do') return;
  await step('upgrade', deadline => workOnHost(task, claim, ports, deadline));
  await step('ready', ({ either }) => driver.awaitControlPlane({ node, version, settleSeconds: 0 }, either));
  await step('uncordon', async ({ either }) => assertOurs(node, await nodes.release(node, claim, either)));
  await step('gates', deadline => awaitGates(task, undefined, ports, deadline));
}

/** kubeadm prepares the host for a later kubelet: nothing is restarted, so nothing is cordoned or drained. */
async function migrateConfig(task: NodeTask, ports: RecipePorts, step: RunStep): Promise<void> {
  const { nodes } = ports;
  const { node } = task;
  const claim = await step('claim', ({ either }) => claimNode(task, ports, either));
  if (claim === 'nothing-to-do') return;
  await step('upgrade', deadline => workOnHost(task, claim, ports, deadline));
  await step('uncordon', async ({ either }) => assertOurs(node, await nodes.release(node, claim, either)));
}

/**
 * A kubelet of another minor may restart its static pods (kubernetes#129385). Whoever lost the only API server by that
 * comes back to it after a pause of its own, which client-go lets grow: nothing may be drained on outdated endpoints.
 */
async function awaitControllers(
  { node, to: version, controlPlane }: NodeTask,
  { driver, settings }: RecipePorts,
  { either }: Deadline,
): Promise<void> {
  if (controlPlane === 'none') return;
  const settleSeconds = controlPlane === 'all' ? settings.settleSeconds : 0;
  await driver.awaitControlPlane({ node, version, settleSeconds }, either);
}

async function drain(
  { node, reached, drain: asked }: NodeTask,
  claim: NodeClaim,
  ports: RecipePorts,
  deadline: Deadline,
): Promise<void> {
  const { settings, clock, orders, ownPod, onDeleted, onBlocked: report } = ports;
  const reportFrom = sinceOf('drain', reached, clock.now()) + settings.blockedAfterSeconds * 1_000;
  await drainNode(
    {
      node,
      ownPod,
      rules: drainRulesFor(asked, settings.drain),
      deadline,
      orders,
      onDeleted,
      reportFrom,
      report,
      assertClaimed: claimWatcher(node, claim, ports),
    },
    ports,
  );
}

async function workOnHost(
  task: NodeTask,
  claim: NodeClaim,
  ports: RecipePorts,
  deadline: Deadline,
  only?: 'preflight',
): Promise<void> {
  const { run, node, phase, from, to, ignorePreflightErrors } = task;
  const kubeadm = await commandFor(task, ports.surroundings, deadline.either);
  await assertClaimed(node, claim, ports.nodes, deadline.either);
  const id = [hostWorkId(task), ...(only ? [only] : [])].join('-');
  const outcome = await ports.driver.perform(
    { id, run, node, phase, kubeadm, from, to, ignorePreflightErrors, ...(only ? { only } : {}) },
    deadline.either,
  );
  if (outcome.kind === 'failed') throw new StepFailed(hostSentence(outcome), outcome.log);
}

function hostSentence({ step, reason }: Extract<HostWorkOutcome, { kind: 'failed' }>): string {
  return step === 'preflight'
    ? `The host is not fit for it, and nothing was changed there. ${reason}`
    : `On the host, step "${step}" failed: ${reason}`;
}
