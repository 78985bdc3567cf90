import type { NodeClaim } from '../cluster/snapshot.ts';
import { drainRulesFor } from '../plan/drain-options.ts';
import type { Phase } from '../plan/plan.ts';
import { baselineOf } from './baseline.ts';
import { assertClaimed, assertOurs, claimNode } from './claim.ts';
import { claimWatcher } from './claim-watcher.ts';
import { type Cordoning, keepCordoned } from './cordon.ts';
import type { Deadline } from './deadline.ts';
import { drainNode } from './drain.ts';
import type { HostWorkOutcome } from './driver-ports.ts';
import { awaitDetached, awaitGates, awaitNode } from './gate-steps.ts';
import { hostWorkId } from './host-work-id.ts';
import { assertThere } from './node-gone.ts';
import type { NodeTask, RecipePorts, RunStep } from './node-task.ts';
import { StepFailed } from './step-failed.ts';
import { isPast, sinceOf } from './step-limits.ts';
import { commandFor } from './turn.ts';
import { whileWatched } from './watchful.ts';

/** What is done to a node in each phase, step by step. */
export const RECIPES: Readonly<Record<Phase, (task: NodeTask, ports: RecipePorts, step: RunStep) => Promise<void>>> = {
  'control-plane': upgradeControlPlane,
  config: migrateConfig,
  kubelet: upgradeKubelet,
};

async function upgradeKubelet(task: NodeTask, ports: RecipePorts, step: RunStep): Promise<void> {
  const { node, uid } = task;
  const first = await step('claim', deadline => claimNode(task, ports, deadline));
  if (first === 'nothing-to-do') return await askAgain(task, ports, step);
  // Before the pods are moved; other phases, which move none, begin with it on the host. Once it was passed the host may be
  // in the middle of its upgrade, and is not asked again.
  if (!isPast('preflight', task.reached)) {
    const watch = { node, uid, cordon: undefined, needsKubelet: 'asked whether it is fit' };
    await step('preflight', deadline =>
      whileWatched({ ...watch, deadline }, ports, each => workOnHost(task, first, ports, each, 'preflight')),
    );
  }
  const claim = await step('cordon', ({ either }) => cordonNode(cordoningOf(task, first, ports), ports, either));
  const cordon = cordoningOf(task, claim, ports);
  // Whoever takes over once the host's upgrade has begun drains what came meanwhile; a silent kubelet is then part of it.
  const needsKubelet = isPast('drain', task.reached) ? undefined : 'drained';
  const baseline = await step('drain', deadline =>
    whileWatched({ node, uid, cordon, needsKubelet, deadline }, ports, async each => {
      const stand = { node, staysCordoned: claim.wasUnschedulable };
      if (isBegunBefore(task, first)) await tellIfLost(task, ports);
      const before = await baselineOf(workId(task), stand, ports, each.either);
      await drain(task, claim, ports, each);
      await awaitDetached(task, ports, each);
      return before;
    }),
  );
  await step('upgrade', deadline =>
    whileWatched(
      { node, uid, cordon: { ...cordon, hostAtWork: true }, needsKubelet: undefined, deadline },
      ports,
      each => workOnHost(task, claim, ports, each),
    ),
  );
  await step('ready', async deadline => {
    await awaitNode(task, baseline, ports, deadline);
    await awaitControllers(task, ports, deadline);
  });
  await step('uncordon', ({ either }) => release(task, claim, ports, either));
  await step('gates', deadline => awaitGates(task, baseline, ports, deadline));
}

async function release(
  { node }: NodeTask,
  claim: NodeClaim,
  { nodes, onBackInService }: RecipePorts,
  signal: AbortSignal,
): Promise<void> {
  assertOurs(node, claim, await nodes.release(node, claim, signal));
  if (claim.outOfService) await onBackInService();
}

/** A node that stands where it should, and belongs to nobody: where this work has drained it, its gates are still to pass. */
async function askAgain(task: NodeTask, ports: RecipePorts, step: RunStep): Promise<void> {
  const baseline = await ports.baselines.get(workId(task));
  const isFirst = task.attempt === 1 && !isPast('claim', task.reached);
  if (!baseline && isFirst) return;
  await tellIfLost(task, ports);
  await step('gates', deadline => awaitGates(task, baseline, ports, deadline));
}

/** By an earlier attempt, or another worker, which has drained the node or was about to. */
function isBegunBefore({ attempt, reached }: NodeTask, { cordons }: NodeClaim): boolean {
  return isPast('drain', reached) || (attempt > 1 && cordons > 0);
}

/** Redis may have forgotten what there was before the drain: what is asked then is less, and people should look instead. */
async function tellIfLost(task: NodeTask, { baselines, onBaselineLost }: RecipePorts): Promise<void> {
  if (!(await baselines.get(workId(task)))) await onBaselineLost();
}

function workId({ run, work }: NodeTask): string {
  return `${run}-${work}`;
}

function cordoningOf(
  { node, uid, reached }: NodeTask,
  claim: NodeClaim,
  { settings, onRecordoned }: RecipePorts,
): Cordoning {
  return { node, uid, claim, rules: settings.drain, hostAtWork: isPast('drain', reached), onRecordoned };
}

/** A worker that comes after another may find that somebody has undone its cordon. */
async function cordonNode(cordoning: Cordoning, { nodes }: RecipePorts, signal: AbortSignal): Promise<NodeClaim> {
  const seen = await nodes.get(cordoning.node, signal);
  assertThere(seen, cordoning);
  return await keepCordoned(cordoning, seen, nodes, signal);
}

/** Static pods are replaced under running workloads: nothing is cordoned or drained. */
async function upgradeControlPlane(task: NodeTask, ports: RecipePorts, step: RunStep): Promise<void> {
  const { driver } = ports;
  const { node, to: version, reached } = task;
  // Its claim is gone by then, and a control plane does not show that this very work is done.
  if (reached.step === 'gates') return await step('gates', deadline => awaitGates(task, undefined, ports, deadline));
  const claim = await step('claim', deadline => claimNode(task, ports, deadline));
  if (claim === 'nothing-to-do') return;
  await step('upgrade', deadline => workOnHost(task, claim, ports, deadline));
  await step('ready', ({ either }) => driver.awaitControlPlane({ node, version, settleSeconds: 0 }, either));
  await step('uncordon', ({ either }) => release(task, claim, ports, either));
  await step('gates', deadline => awaitGates(task, undefined, ports, deadline));
}

/** kubeadm prepares the host for a later kubelet: nothing is restarted, so nothing is cordoned or drained. */
async function migrateConfig(task: NodeTask, ports: RecipePorts, step: RunStep): Promise<void> {
  const { node, uid } = task;
  const claim = await step('claim', deadline => claimNode(task, ports, deadline));
  if (claim === 'nothing-to-do') return;
  await step('upgrade', deadline =>
    whileWatched({ node, uid, cordon: undefined, needsKubelet: undefined, deadline }, ports, each =>
      workOnHost(task, claim, ports, each),
    ),
  );
  await step('uncordon', ({ either }) => release(task, claim, ports, either));
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
