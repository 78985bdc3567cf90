import type { Step } from '../run/run.ts';
import { type Deadline, withDeadline } from './deadline.ts';
import type { Orders } from './orders.ts';
import { type Clock, ClusterRefused } from './ports.ts';
import { StepFailed } from './step-failed.ts';

export interface StepTimeouts {
  readonly drainTimeoutSeconds: number;
  readonly readyTimeoutSeconds: number;
  readonly upgradeTimeoutSeconds: number;
  readonly soakSeconds: number;
}

/** How far an earlier worker had come with the same attempt, and since which epoch millisecond. */
export interface Reached {
  readonly step: Step;
  readonly since: number;
  /** From when the time of that step is counted. */
  readonly countedFrom: number;
}

interface Limits {
  readonly name: Step;
  readonly node: string;
  readonly reached: Reached;
  readonly timeouts: StepTimeouts;
  readonly clock: Clock;
  readonly orders: Orders;
  readonly signal: AbortSignal;
}

const STEPS: readonly Step[] = ['claim', 'preflight', 'cordon', 'drain', 'upgrade', 'ready', 'uncordon', 'gates'];
/** Claim, cordon and uncordon are one request each, a preflight is a short Job: this bounds an absence of the API server. */
const SHORT_SECONDS = 900;
/** A worker that comes after the deadline still looks whether the step has come to its end meanwhile. */
const LAST_LOOK_MS = 60_000;

/**
 * Carries out one step within its time, which counts from when the first worker reached it. Whoever chooses to wait gives it
 * that time anew, and while a run is paused it does not pass. Throws StepFailed when it is over or the API server says no;
 * any other error is one that may pass, for the queue to try again.
 */
export async function withinItsTime<T>(limits: Limits, act: (deadline: Deadline) => Promise<T>): Promise<T> {
  const { name, node, clock, orders, signal } = limits;
  const { due, seconds } = dueOf(limits);
  const came = clock.now();
  const at = () => {
    const end = due();
    return end === undefined || end > came ? end : came + LAST_LOOK_MS;
  };
  return await withDeadline({ at, onMove: orders.onChange, seconds, clock, signal }, async deadline => {
    try {
      return await act(deadline);
    } catch (error) {
      if (signal.aborted || error instanceof StepFailed) throw error;
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof ClusterRefused) throw new StepFailed(message);
      const late = `Step ${name} of node ${node} did not end within ${deadline.spelled}.`;
      if (deadline.over.aborted) throw new StepFailed(late);
      if (clock.now() >= (due() ?? Number.POSITIVE_INFINITY)) throw new StepFailed(`${late} ${message}`);
      throw error;
    }
  });
}

/** Since when the step has been going on: an earlier worker's time counts. */
export function sinceOf(name: Step, reached: Reached, now: number): number {
  return name === reached.step ? reached.since : now;
}

/** Whether an earlier worker had the step behind it. */
export function isPast(name: Step, reached: Pick<Reached, 'step'>): boolean {
  return STEPS.indexOf(name) < STEPS.indexOf(reached.step);
}

/**
 * Steps that an earlier worker had behind it are walked through once more in the time of the one it had reached. `due` is
 * undefined while the run is paused.
 */
function dueOf({ name, reached, timeouts, clock, orders }: Limits): {
  readonly due: () => number | undefined;
  readonly seconds: number;
} {
  const again = STEPS.indexOf(name) <= STEPS.indexOf(reached.step);
  const seconds = secondsOf(again ? reached.step : name, timeouts);
  const begun = again ? reached.countedFrom : clock.now();
  const due = () => {
    const course = orders.course();
    if (course.kind === 'pause') return undefined;
    // The run may not have heard of this step yet, and then counts from an earlier one.
    return Math.max(begun, course.kind === 'go' ? course.countedFrom : begun) + seconds * 1_000;
  };
  return { due, seconds };
}

function secondsOf(step: Step, timeouts: StepTimeouts): number {
  switch (step) {
    case 'drain':
      return timeouts.drainTimeoutSeconds;
    case 'upgrade':
      return timeouts.upgradeTimeoutSeconds;
    case 'ready':
      return timeouts.readyTimeoutSeconds;
    case 'gates':
      return timeouts.readyTimeoutSeconds + timeouts.soakSeconds;
    case 'claim':
    case 'preflight':
    case 'cordon':
    case 'uncordon':
      return SHORT_SECONDS;
  }
}
