import type { ClosedGate, GateName } from '../../run/run.ts';
import { createBell } from '../bell.ts';
import type { Deadline } from '../deadline.ts';
import type { Clock } from '../ports.ts';
import { StepFailed } from '../step-failed.ts';

export type Verdict =
  | { readonly kind: 'open' }
  /** `why` is a clause. To be asked again at the next change, or after so many milliseconds where that is given. */
  | { readonly kind: 'closed'; readonly why: string; readonly ms?: number | undefined };

/** A health question. What it sees is kept by its watcher; its verdict is a function of that and of the time. */
export interface Gate {
  readonly name: GateName;
  /** What to look at where it stays closed: a sentence. */
  readonly remedy: string;
  /** Calls `changed` whenever there is more to see. Never returns; throws what it cannot see through. */
  watch(changed: () => void, signal: AbortSignal): Promise<unknown>;
  /** Throws StepFailed where it can never open again. */
  verdict(now: number): Verdict;
}

export interface Asking {
  readonly node: string;
  readonly gates: readonly Gate[];
  readonly deadline: Deadline;
  /** For how long all of them must have been open without a break. */
  readonly soakSeconds: number;
  /** From this epoch millisecond on, whatever is still waited for is reported whenever it changes. */
  readonly reportFrom: number;
  /** From this epoch millisecond on, it is reported as overdue. */
  readonly overdueFrom: number;
  readonly report: (waiting: readonly ClosedGate[], overdue: boolean) => Promise<void>;
}

/**
 * Waits until every gate is open, and has been so for the time of soaking. Throws StepFailed with what is still closed,
 * in the order of the gates, when the time is over.
 */
export async function passGates(asking: Asking, clock: Clock): Promise<void> {
  const { gates, deadline, soakSeconds } = asking;
  const stop = new AbortController();
  const signal = AbortSignal.any([deadline.either, stop.signal]);
  const bell = createBell();
  const tell = reporter(asking);
  let failure: { readonly error: unknown } | undefined;
  let closed: readonly Closed[] = [];
  let openSince: number | undefined;

  for (const gate of gates) {
    gate.watch(bell.ring, signal).catch((error: unknown) => {
      if (!signal.aborted) failure ??= { error };
      bell.ring();
    });
  }
  try {
    for (;;) {
      if (failure) throw failure.error;
      const now = clock.now();
      closed = gates.flatMap(gate => closedOf(gate, now));
      openSince = closed.length > 0 ? undefined : (openSince ?? now);
      const soaked = openSince === undefined ? undefined : openSince + soakSeconds * 1_000;
      if (soaked !== undefined && soaked <= now) return;
      const waiting =
        soaked === undefined ? closed.map(({ gate, why }) => ({ gate: gate.name, why })) : [soaking(soaked)];
      const again = await tell(waiting, now);
      await bell.next(soonest([...closed.map(({ ms }) => ms), soaked && soaked - now, again]), signal);
    }
  } catch (error) {
    throw deadline.over.aborted && !signalled(error) ? tooLate(asking, closed) : error;
  } finally {
    stop.abort();
  }
}

interface Closed {
  readonly gate: Gate;
  readonly why: string;
  readonly ms: number | undefined;
}

function closedOf(gate: Gate, now: number): Closed[] {
  const verdict = gate.verdict(now);
  return verdict.kind === 'open' ? [] : [{ gate, why: verdict.why, ms: verdict.ms }];
}

function soaking(until: number): ClosedGate {
  return {
    gate: 'soak',
    why: `all is well, and has to stay so until ${new Date(until).toISOString().slice(11, 19)} UTC`,
  };
}

/** What a gate itself found to be final says more than that its time is over. */
function signalled(error: unknown): boolean {
  return error instanceof StepFailed;
}

function tooLate({ node, deadline }: Asking, closed: readonly Closed[]): StepFailed {
  const [first] = closed;
  if (!first)
    return new StepFailed(`Node ${node} was not well for long enough within ${deadline.spelled}. Retry, or skip it.`);
  const whys = closed.map(({ why }) => why).join('; ');
  return new StepFailed(`Node ${node} was not well again within ${deadline.spelled}: ${whys}. ${first.gate.remedy}`);
}

/** Tells what is waited for once that takes long, and then at each change. Answers when to come back for it. */
function reporter({
  report,
  reportFrom,
  overdueFrom,
}: Asking): (waiting: readonly ClosedGate[], now: number) => Promise<number | undefined> {
  let last = JSON.stringify([[], false]);
  return async (waiting, now) => {
    if (now < reportFrom) return reportFrom - now;
    const overdue = now >= overdueFrom && waiting.some(({ gate }) => gate !== 'soak');
    const text = JSON.stringify([waiting, overdue]);
    if (text !== last) {
      last = text;
      await report(waiting, overdue);
    }
    return now < overdueFrom ? overdueFrom - now : undefined;
  };
}

function soonest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter(time => time !== undefined);
  return known.length > 0 ? Math.max(0, Math.min(...known)) : undefined;
}
