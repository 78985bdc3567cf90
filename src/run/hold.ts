import { contentHash } from '../approval/signing.ts';
import type { RunNote } from './note.ts';
import { type ActiveWork, isFinal } from './progress.ts';
import type { RunEffect, RunState } from './run.ts';
import { nextAttempt, put, type Transition } from './schedule.ts';

/** After a work that this worker would have begun was deferred by another; twice as long with each further attempt. */
const PAUSE_MS = 60_000;
const DOUBLINGS = 5;

/**
 * The run with the hold that this worker's policy asks for at `now`. A stop between nodes is safe at any of them: no state
 * on a plan's way breaks the version-skew policy.
 */
export function withHold(run: RunState, why: string | undefined, now: number): RunState {
  if (isFinal(run.status)) return run;
  const { hold } = run;
  if (why === undefined) return hold && !(hold.until && now < hold.until) ? { ...run, hold: undefined } : run;
  return why === hold?.why ? run : { ...run, hold: { why, since: now, until: undefined } };
}

/**
 * Another attempt, since a job of the same one is not made twice. Where this worker's own policy holds nothing, two workers
 * follow different ones, or different clocks: they would hand the work to and fro, so the run pauses, longer each time.
 */
export function defer(run: RunState, { key, state }: ActiveWork, why: string, now: number): Transition {
  const queued = put(run, key, nextAttempt(state));
  const effects: RunEffect[] = [{ kind: 'show-status' }];
  if (run.hold) return { run: queued, effects };
  const until = now + PAUSE_MS * 2 ** Math.min(DOUBLINGS, state.attempt - 1);
  const advice = 'Another worker would go on: give all workers of this cluster the same policy file.';
  return { run: { ...queued, hold: { why: `${why} ${advice}`, since: now, until } }, effects };
}

/**
 * What the thread is told of a hold that came, went, or became another. Each reason is said once, and once that it is over,
 * however often workers that do not agree change their minds. A run that people have stopped waits for them alone: it says
 * what else it waits for when they have it go on.
 */
export function holdNotes(
  before: RunState,
  after: RunState,
): { readonly goesOn: readonly RunEffect[]; readonly waits: readonly RunEffect[] } {
  const was = waitsFor(before);
  const is = waitsFor(after);
  if (is !== undefined) return { goesOn: [], waits: is === was ? [] : told(after, is, { kind: 'held', why: is }) };
  const goesOn = was !== undefined && after.status.kind === 'running' && !after.hold;
  return { goesOn: goesOn ? told(after, was, { kind: 'released' }) : [], waits: [] };
}

/** What keeps the run from starting works that it would start by itself. */
function waitsFor({ status, hold, works }: RunState): string | undefined {
  return status.kind === 'running' && works.some(({ state }) => state.kind === 'queued') ? hold?.why : undefined;
}

function told({ id }: RunState, why: string, note: RunNote): RunEffect[] {
  return [{ kind: 'note', id: `${id}-${note.kind}-${contentHash(why).slice(0, 16)}`, note }, { kind: 'show-status' }];
}
