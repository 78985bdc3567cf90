import type { Clock } from './ports.ts';

/** Until when a step may go on. `over` aborts at that time, `either` also when the worker has to let go of the job. */
export interface Deadline {
  readonly over: AbortSignal;
  readonly either: AbortSignal;
  /** The whole time of the step for people, such as `60 min`. */
  readonly spelled: string;
}

interface Limits {
  /** Epoch milliseconds; a time that has passed is over at once, and undefined is never. */
  readonly at: () => number | undefined;
  /** Calls when `at` may have moved, until the function that is returned is called. */
  readonly onMove?: (listener: () => void) => () => void;
  readonly seconds: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** setTimeout takes no longer time than this (2^31 - 1 ms). */
const LONGEST_MS = 2_147_483_647;

export async function withDeadline<T>(limits: Limits, act: (deadline: Deadline) => Promise<T>): Promise<T> {
  const { at, onMove, seconds, clock, signal } = limits;
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const set = () => {
    clearTimeout(timer);
    const end = at();
    if (end === undefined) return;
    timer = setTimeout(() => over.abort(), Math.min(LONGEST_MS, Math.max(0, end - clock.now())));
  };
  set();
  const forget = onMove?.(set);
  try {
    return await act({ over: over.signal, either: AbortSignal.any([signal, over.signal]), spelled: spell(seconds) });
  } finally {
    forget?.();
    clearTimeout(timer);
  }
}

function spell(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
