import type { Attempt } from '../approval/order.ts';
import { type Course, courseOf } from '../run/course.ts';
import type { RunState } from '../run/run.ts';
import type { Store } from './ports.ts';

/** What people want of one attempt at a work, which may change at any time while it is carried out. */
export interface Orders {
  course(): Course;
  /** Aborts with Stopped once the node is to be given back, or the attempt is over for another reason. */
  readonly stopped: AbortSignal;
  /** Calls at each change, until the function that is returned is called. */
  readonly onChange: (listener: () => void) => () => void;
}

/** Somebody ended the work by an order. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

export interface RunOrders extends Orders {
  /** The run as it was read last; undefined where it is gone, and nobody wants anything any more. */
  take(run: RunState | undefined): void;
}

/** The orders that a run, which is read again and again, holds for one attempt. */
export function createOrders(first: RunState, attempt: Attempt): RunOrders {
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  let seq = first.seq;
  let course = courseOf(first, attempt);
  stopIfOrdered();

  function stopIfOrdered(): void {
    if (course.kind === 'stop' || course.kind === 'over') stop.abort(new Stopped('an order has ended this work'));
  }

  return {
    course: () => course,
    stopped: stop.signal,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take(run) {
      // One that is older than what was seen already comes too late.
      if (run && run.seq < seq) return;
      seq = run?.seq ?? seq;
      course = run ? courseOf(run, attempt) : { kind: 'over' };
      stopIfOrdered();
      for (const listener of [...listeners]) listener();
    },
  };
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
    for await (const record of followRun(runId, AbortSignal.any([signal, over.signal]))) orders.take(record?.run);
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
