import type { BudgetView, PodView, Taint } from '../cluster/snapshot.ts';
import { tolerates } from '../cluster/taints.ts';
import {
  answered,
  type Evictions,
  holdups,
  isDrained,
  NO_EVICTIONS,
  nextTry,
  observe,
  takeDue,
} from '../drain/evictions.ts';
import { filterPods } from '../drain/filters.ts';
import { withOwnLast } from '../drain/own-last.ts';
import type { DrainPolicy } from '../policy/policy.ts';
import { causeClause } from '../run/blocker-words.ts';
import type { Blocker } from '../run/run.ts';
import { createBell } from './bell.ts';
import { blockerOf } from './blockers.ts';
import type { Deadline } from './deadline.ts';
import type { Clock, PodControl } from './ports.ts';
import { StepFailed } from './step-failed.ts';

/** What the policy says about pods. */
export type DrainRules = Pick<
  DrainPolicy,
  'graceSeconds' | 'force' | 'deleteEmptyDirData' | 'skipWaitForDeleteTimeoutSeconds' | 'podSelector'
>;

interface DrainTask {
  readonly node: string;
  /** UID of the pod that carries out the drain, where it runs in the cluster. */
  readonly ownPod?: string | undefined;
  readonly rules: DrainRules;
  readonly deadline: Deadline;
  /** From this epoch millisecond on, what keeps the pods is reported whenever it changes. */
  readonly reportFrom: number;
  readonly report: (blockers: readonly Blocker[]) => Promise<void>;
  /** Called before evictions; throws where the node is no longer ours. */
  readonly assertClaimed: (signal: AbortSignal) => Promise<void>;
}

/** Evictions under way together: enough to make a full node's in about a second, little enough for any API server. */
const AT_ONCE = 32;

/**
 * Evicts every pod that kubectl drain would evict and waits until they have left. Costs one list, two watches and one
 * request for each pod, and one more for each time a budget refuses it. Throws StepFailed where a pod would be lost, or
 * where pods are still there when the time is over.
 */
export async function drainNode(
  task: DrainTask,
  { pods, clock }: { readonly pods: PodControl; readonly clock: Clock },
): Promise<void> {
  const { node, rules, deadline, assertClaimed } = task;
  const stop = new AbortController();
  const signal = AbortSignal.any([deadline.either, stop.signal]);
  const bell = createBell();
  let onNode: readonly PodView[] | undefined;
  let budgets: readonly BudgetView[] | undefined;
  let failure: Error | undefined;
  let state = NO_EVICTIONS;

  async function follow<T>(states: AsyncIterable<T>, take: (state: T) => void): Promise<void> {
    try {
      for await (const each of states) {
        take(each);
        bell.ring();
      }
    } catch (error) {
      fail(error);
    }
  }
  async function evict(pod: PodView): Promise<void> {
    try {
      const outcome = await pods.evict(pod, rules.graceSeconds, signal);
      state = answered(state, pod.uid, outcome, clock.now());
      bell.ring();
    } catch (error) {
      fail(error);
    }
  }
  function fail(error: unknown): void {
    // What the end of the drain itself interrupts is no failure.
    if (!signal.aborted) failure ??= error instanceof Error ? error : new Error(String(error));
    bell.ring();
  }

  try {
    const select = selection(await pods.daemonSets(signal), rules, clock);
    const tell = reporter(task);
    void follow(pods.watchOn(node, signal), each => (onNode = each));
    void follow(pods.watchBudgets(signal), each => (budgets = each));
    for (;;) {
      if (failure) throw failure;
      if (onNode && budgets) {
        state = observe(state, withOwnLast(select(onNode), task.ownPod));
        if (isDrained(state)) return;
        const due = takeDue(state, budgets, { now: clock.now(), atOnce: AT_ONCE });
        state = due.state;
        if (due.evict.length > 0) await assertClaimed(signal);
        for (const pod of due.evict) void evict(pod);
        await tell(state, budgets, clock.now());
      }
      await bell.next(untilNextLook(state, task, clock.now()), signal);
    }
  } catch (error) {
    throw deadline.over.aborted ? new StepFailed(timeoutSentence(task, state, budgets ?? [])) : error;
  } finally {
    stop.abort();
  }
}

/**
 * The pods that must leave. What was there at first all goes; of those that come later, the ones that tolerate a cordon
 * are left alone, because evicting them would only bring them back, without end.
 */
function selection(
  daemonSets: ReadonlySet<string>,
  { force, deleteEmptyDirData: deleteEmptyDir, podSelector, skipWaitForDeleteTimeoutSeconds }: DrainRules,
  clock: Clock,
): (pods: readonly PodView[]) => readonly PodView[] {
  const skipDeletedAfterMs = skipWaitForDeleteTimeoutSeconds * 1_000;

  const wanted = new Map<string, boolean>();
  let first = true;
  return pods => {
    for (const pod of pods) if (!wanted.has(pod.uid)) wanted.set(pod.uid, first || !tolerates(pod.tolerations, CORDON));
    first = false;
    const verdicts = filterPods(
      pods.filter(({ uid }) => wanted.get(uid)),
      { daemonSets, force, deleteEmptyDir, podSelector, skipDeletedAfterMs, now: clock.now() },
    );
    const refused = verdicts.flatMap(({ pod, verdict }) =>
      verdict.kind === 'refuse' ? [`${pod.namespace}/${pod.name}: ${verdict.why}`] : [],
    );
    if (refused.length > 0) {
      throw new StepFailed(
        `Nothing was evicted further, because ${some(refused)}. Let a controller own such pods or delete them, then retry.`,
      );
    }
    return verdicts.flatMap(({ pod, verdict }) => (verdict.kind === 'evict' ? [pod] : []));
  };
}

/** The taint that stands for a cordon: kubernetes.io, well-known labels and taints. */
const CORDON: Taint = { key: 'node.kubernetes.io/unschedulable', value: '', effect: 'NoSchedule' };

/** Reports what keeps the pods once the first delay is over, and then at each change. */
function reporter({
  report,
  reportFrom,
}: DrainTask): (state: Evictions, budgets: readonly BudgetView[], now: number) => Promise<void> {
  let last = '';
  return async (state, budgets, now) => {
    if (now < reportFrom) return;
    const blockers = holdups(state, budgets).map(blockerOf);
    const text = JSON.stringify(blockers);
    if (text === last) return;
    last = text;
    await report(blockers);
  };
}

function untilNextLook(state: Evictions, { reportFrom }: DrainTask, now: number): number | undefined {
  const times = [nextTry(state, now), reportFrom > now ? reportFrom : undefined].filter(time => time !== undefined);
  return times.length > 0 ? Math.min(...times) - now : undefined;
}

function timeoutSentence({ node, deadline }: DrainTask, state: Evictions, budgets: readonly BudgetView[]): string {
  const kept = holdups(state, budgets).map(holdup => {
    const { pod, owner, cause } = blockerOf(holdup);
    return `${pod}${owner && ` of ${owner}`} (${causeClause(cause)})`;
  });
  const still = kept.length > 0 ? `Still there: ${some(kept)}. Make room for these pods` : 'See what keeps its pods';
  return `Node ${node} was not drained within ${deadline.spelled}. ${still}, then retry.`;
}

function some(items: readonly string[]): string {
  const more = items.length > 5 ? ` and ${items.length - 5} more` : '';
  return `${items.slice(0, 5).join('; ')}${more}`;
}
