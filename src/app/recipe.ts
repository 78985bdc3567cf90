import { endsWhenGivenUp } from '../run/course.ts';
import type { Step } from '../run/run.ts';
import { assertNotOutrun } from './claim.ts';
import type { Deadline } from './deadline.ts';
import { giveBack, giveBackWhenIdle } from './give-back.ts';
import { NodeGone } from './node-gone.ts';
import type { NodeTask, RecipePorts, RunStep } from './node-task.ts';
import { Stopped, untilGoing } from './orders.ts';
import { RECIPES } from './phases.ts';
import { NodeSilent } from './silence.ts';
import { StepFailed } from './step-failed.ts';
import { isPast, withinItsTime } from './step-limits.ts';

export type RecipeOutcome =
  | { readonly kind: 'done' }
  /** By an order; the node is given back. `waits`: only once its host, where an earlier attempt goes on, is idle. */
  | { readonly kind: 'stopped'; readonly waits?: true }
  /** The run wants nothing more of the attempt: it counts as done, or is another's. */
  | { readonly kind: 'left' }
  /** The node is not in the cluster any more. */
  | { readonly kind: 'vanished'; readonly step: Step; readonly replaced: boolean }
  | {
      readonly kind: 'failed';
      readonly step: Step;
      readonly reason: string;
      readonly log: readonly string[];
      /** Its kubelet has fallen silent. */
      readonly silent?: true;
    };

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
    if (error instanceof Stopped || (orders.stopped.aborted && isInterrupted(current))) {
      if (orders.course().kind === 'over') return { kind: 'left' };
      const endedIn = current;
      const isIdle = task.attempt === 1 || isPast('preflight', { step: endedIn });
      const given = await within('uncordon', signal, ({ either }) =>
        isIdle ? giveBack(task, ports.nodes, either) : giveBackWhenIdle(task, ports, either),
      );
      if ('waitsFor' in given) return { kind: 'stopped', waits: true };
      if (given.gone && task.controlPlane === 'none') return { kind: 'vanished', step: endedIn, replaced: false };
      if (given.undone?.outOfService) await ports.onBackInService();
      return { kind: 'stopped' };
    }
    return failedBy(error);
  };
  const failedBy = (error: unknown): RecipeOutcome => {
    if (signal.aborted || !(error instanceof StepFailed)) throw error;
    // With a control plane a member of etcd may have gone: people decide.
    if (error instanceof NodeGone && task.controlPlane === 'none') {
      return { kind: 'vanished', step: current, replaced: error.replaced };
    }
    const silent = error instanceof NodeSilent ? ({ silent: true } as const) : {};
    return { kind: 'failed', step: current, reason: error.message, log: error.log, ...silent };
  };

  try {
    await RECIPES[task.phase](task, ports, step);
    return { kind: 'done' };
  } catch (error) {
    return await assertNotOutrun(error, task, ports.nodes, signal)
      .then(() => endedBy(error))
      .catch(failedBy);
  }
}

/** Gates have nothing to undo: the attempt is over as soon as somebody waives them. */
function isInterrupted(step: Step): boolean {
  return step === 'gates' || endsWhenGivenUp(step);
}
