import type { RunCommand, Signed } from '../approval/decision.ts';
import type { Attempt, NamedPod } from '../approval/order.ts';
import { type Course, courseOf } from '../run/course.ts';
import { activeWork } from '../run/progress.ts';
import type { RunRecord, Store } from './ports.ts';

/** What people want of one attempt at a work, which may change at any time while it is carried out. */
export interface Orders {
  course(): Course;
  /** The pods that somebody who may wants to have deleted past their budgets. */
  forced(): readonly Forced[];
  /** Aborts with Stopped once the node is to be given back, or the attempt is over for another reason. */
  readonly stopped: AbortSignal;
  /** Calls at each change, until the function that is returned is called. */
  readonly onChange: (listener: () => void) => () => void;
}

export interface Forced {
  /** `namespace/name` and UID, both as they were signed. */
  readonly pod: string;
  readonly uid: string;
  /** Who gave which order. */
  readonly by: string;
  readonly order: string;
}

/** Somebody ended the work by an order. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface RunOrders extends Orders {
  /** The run as it was read last; undefined where it is gone, and nobody wants anything any more. */
  take(record: Recorded | undefined): void;
}

type Recorded = Pick<RunRecord, 'run' | 'commands'>;

/**
 * The orders that a run, which is read again and again, holds for one attempt. Nothing is destroyed because a record says
 * so: a pod is forced only by a command that was signed for it, and that `isAllowed`.
 */
export function createOrders(
  first: Recorded,
  attempt: Attempt,
  isAllowed: (command: Signed<RunCommand>) => boolean,
): RunOrders {
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  let { seq } = first.run;
  let course = courseOf(first.run, attempt);
  let forced = forcedBy(first);
  stopIfOrdered();

  function stopIfOrdered(): void {
    if (course.kind === 'stop' || course.kind === 'over') stop.abort(new Stopped('an order has ended this work'));
  }
  function forcedBy({ run, commands }: Recorded): readonly Forced[] {
    const state = activeWork(run, attempt.work, attempt.attempt)?.state;
    return (state?.forced ?? []).flatMap(({ uid }) => {
      return commands.flatMap(command => {
        const pod = podForced(command.value, run.id, attempt);
        if (pod?.uid !== uid || !isAllowed(command)) return [];
        return [{ uid, pod: `${pod.namespace}/${pod.name}`, by: command.value.by, order: command.value.id }];
      });
    });
  }

  return {
    course: () => course,
    forced: () => forced,
    stopped: stop.signal,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take(record) {
      // One that is older than what was seen already comes too late.
      if (record && record.run.seq < seq) return;
      seq = record?.run.seq ?? seq;
      course = record ? courseOf(record.run, attempt) : { kind: 'over' };
      forced = record ? forcedBy(record) : [];
      stopIfOrdered();
      for (const listener of [...listeners]) listener();
    },
  };
}

function podForced({ runId, order }: RunCommand, run: string, { work, attempt }: Attempt): NamedPod | undefined {
  if (order.kind !== 'force' || runId !== run) return undefined;
  return order.at.work === work && order.at.attempt === attempt ? order.pod : undefined;
}

/** Resolves at once unless the run is paused, and then when it goes on. Throws Stopped, or the signal's reason. */
export async function untilGoing(orders: Orders, signal: AbortSignal): Promise<void> {
  const either = AbortSignal.any([signal, orders.stopped]);
  either.throwIfAborted();
  while (orders.course().kind === 'pause') await nextChange(orders, either);
}

function nextChange(orders: Orders, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = orders.onChange(() => done(resolve));
    const aborted = () => done(() => reject(signal.reason));
    signal.addEventListener('abort', aborted, { once: true });
    function done(end: () => void) {
      forget();
      signal.removeEventListener('abort', aborted);
      end();
    }
  });
}

/**
 * Does `act`, which gets a signal of its own, while the run is followed. Where it can be followed no further, nobody could
 * stop the work any more: then it is interrupted, and the error travels.
 */
export async function following<T>(
  { runId, orders, signal }: { readonly runId: string; readonly orders: RunOrders; readonly signal: AbortSignal },
  { followRun }: Pick<Store, 'followRun'>,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const over = new AbortController();
  const follow = async () => {
    for await (const record of followRun(runId, AbortSignal.any([signal, over.signal]))) orders.take(record);
  };
  void follow().catch((error: unknown) => {
    if (!signal.aborted && !over.signal.aborted) lost.abort(error);
  });
  try {
    return await act(AbortSignal.any([signal, lost.signal]));
  } finally {
    over.abort();
  }
}
