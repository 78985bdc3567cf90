import type { Clock } from './ports.ts';

/** Until when a step may go on. `over` aborts at that time, `either` also when the worker has to let go of the job. */
export interface Deadline {
  readonly over: AbortSignal;
  readonly either: AbortSignal;
  /** The whole time of the step for people, such as `60 min`. */
  readonly spelled: string;
}

interface Limits {
  /** Epoch milliseconds; a time that has passed is over at once. */
  readonly at: number;
  readonly seconds: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** setTimeout takes no longer time than this (2^31 - 1 ms). */
const LONGEST_MS = 2_147_483_647;

export async function withDeadline<T>(limits: Limits, act: (deadline: Deadline) => Promise<T>): Promise<T> {
  const { at, seconds, clock, signal } = limits;
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), Math.min(LONGEST_MS, Math.max(0, at - clock.now())));
  try {
    return await act({ over: over.signal, either: AbortSignal.any([signal, over.signal]), spelled: spell(seconds) });
  } finally {
    clearTimeout(timer);
  }
}

function spell(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
