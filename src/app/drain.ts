import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import {
  answered,
  type Evictions,
  isDrained,
  mayBeGranted,
  NO_EVICTIONS,
  nextTry,
  observe,
  takeDue,
  takeForced,
} from '../drain/evictions.ts';
import { nextSkip } from '../drain/filters.ts';
import { type Holdup, holdups } from '../drain/holdups.ts';
import { withOwnLast } from '../drain/own-last.ts';
import type { DrainPolicy } from '../policy/policy.ts';
import type { Blocker } from '../run/blocker.ts';
import { causeClause } from '../run/blocker-words.ts';
import { createBell } from './bell.ts';
import { blockerOf } from './blockers.ts';
import type { Deadline } from './deadline.ts';
import { createDrainRequests } from './drain-requests.ts';
import { createSelection, some } from './drain-selection.ts';
import { watchDrain } from './drain-sight.ts';
import type { Orders } from './orders.ts';
import type { Clock, PodControl } from './ports.ts';
import { StepFailed } from './step-failed.ts';

/** What the policy says about pods. */
export type DrainRules = Pick<
  DrainPolicy,
  'graceSeconds' | 'force' | 'deleteEmptyDirData' | 'skipWaitForDeleteTimeoutSeconds' | 'podSelector' | 'order'
>;

interface DrainTask {
  readonly node: string;
  /** UID of the pod that carries out the drain, where it runs in the cluster. */
  readonly ownPod?: string | undefined;
  readonly rules: DrainRules;
  readonly deadline: Deadline;
  /** While they say to pause, nothing is evicted. */
  readonly orders: Orders;
  /** Called once a pod has been deleted by order. */
  readonly onDeleted: (pod: PodView) => Promise<void>;
  /** From this epoch millisecond on, what keeps the pods is reported whenever it changes. */
  readonly reportFrom: number;
  readonly report: (blockers: readonly Blocker[]) => Promise<void>;
  /** Called before evictions; throws where the node is no longer ours. */
  readonly assertClaimed: (signal: AbortSignal) => Promise<void>;
}

/** Evictions under way together: enough to make a full node's in about a second, little enough for any API server. */
const AT_ONCE = 32;
/** A step that is told to end does so within a second; requests take milliseconds, unless the server is in trouble. */
const FINISH_MS = 500;

/**
 * Evicts every pod that kubectl drain would evict and waits until they have left. Costs one list, two watches and one
 * request for each pod, and one more for each time a budget refuses it. Throws StepFailed where a pod would be lost, or
 * where pods are still there when the time is over.
 */
export async function drainNode(
  task: DrainTask,
  { pods, clock }: { readonly pods: PodControl; readonly clock: Clock },
): Promise<void> {
  const { node, ownPod, rules, deadline, orders, onDeleted, assertClaimed } = task;
  const { graceSeconds, order } = rules;
  const skipDeletedAfterMs = rules.skipWaitForDeleteTimeoutSeconds * 1_000;
  const stop = new AbortController();
  const signal = AbortSignal.any([deadline.either, stop.signal]);
  const bell = createBell();
  const forget = orders.onChange(bell.ring);
  let failure: Error | undefined;
  let budgets: readonly BudgetView[] | undefined;
  let state = NO_EVICTIONS;

  function failed(error: unknown): void {
    // What the end of the drain itself interrupts is no failure.
    if (!signal.aborted) failure ??= error instanceof Error ? error : new Error(String(error));
    bell.ring();
  }
  const requests = createDrainRequests(
    {
      pods,
      graceSeconds,
      assertClaimed,
      orders,
      mayBeGranted: uid => mayBeGranted(state, uid),
      onDeleted,
      onAnswer({ uid }, outcome) {
        state = answered(state, uid, outcome, clock.now());
        bell.ring();
      },
      onFailure: failed,
    },
    signal,
  );

  try {
    const sight = watchDrain(node, pods, { changed: bell.ring, failed }, signal);
    const daemonSets = await pods.daemonSets(signal);
    const select = createSelection({ ...filtersOf(rules), daemonSets, skipDeletedAfterMs });
    const tell = reporter(task);
    for (;;) {
      if (failure) throw failure;
      const onNode = sight.pods();
      const leaving = onNode && select(onNode, clock.now());
      if (leaving) {
        state = observe(state, withOwnLast(leaving, ownPod), graceSeconds);
        if (isDrained(state)) return;
        budgets = sight.budgetsFor(leaving);
      }
      if (budgets && orders.course().kind !== 'pause') {
        const ordered = takeForced(state, orders.forced(), clock.now());
        const due = takeDue(ordered.state, budgets, { now: clock.now(), atOnce: AT_ONCE, order });
        state = due.state;
        requests.begin({ evict: due.evict, remove: ordered.remove });
      }
      if (budgets) await tell(state, budgets, clock.now());
      const now = clock.now();
      const wakes = [nextTry(state, now), nextSkip(leaving ?? [], { now, skipDeletedAfterMs }), nextReport(task, now)];
      await bell.next(untilFirst(wakes, now), signal);
    }
  } catch (error) {
    throw deadline.over.aborted ? new StepFailed(timeoutSentence(task, state, budgets ?? [])) : error;
  } finally {
    forget();
    stop.abort();
    await requests.settled(FINISH_MS);
  }
}

function filtersOf({ force, deleteEmptyDirData: deleteEmptyDir, podSelector }: DrainRules) {
  return { force, deleteEmptyDir, podSelector };
}

/**
 * Reports what keeps the pods once the first delay is over, and then at each change. What no waiting will change is
 * reported at once.
 */
function reporter({
  report,
  reportFrom,
}: DrainTask): (state: Evictions, budgets: readonly BudgetView[], now: number) => Promise<void> {
  let last = '[]';
  return async (state, budgets, now) => {
    const told = holdups(state, budgets).filter(holdup => isLasting(holdup) || now >= reportFrom);
    const blockers = told.map(blockerOf);
    const text = JSON.stringify(blockers);
    if (text === last) return;
    last = text;
    await report(blockers);
  };
}

function isLasting({ why }: Holdup): boolean {
  return why.kind === 'budgets';
}

function nextReport({ reportFrom }: DrainTask, now: number): number | undefined {
  return reportFrom > now ? reportFrom : undefined;
}

/** Milliseconds until the first of these times. */
function untilFirst(times: readonly (number | undefined)[], now: number): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.min(...known) - now : undefined;
}

function timeoutSentence({ node, deadline }: DrainTask, state: Evictions, budgets: readonly BudgetView[]): string {
  const kept = holdups(state, budgets).map(holdup => {
    const { pod, owner, cause } = blockerOf(holdup);
    return `${pod}${owner && ` of ${owner}`} (${causeClause(cause)})`;
  });
  const still = kept.length > 0 ? `Still there: ${some(kept)}. Make room for these pods` : 'See what keeps its pods';
  return `Node ${node} was not drained within ${deadline.spelled}. ${still}, then retry.`;
}
