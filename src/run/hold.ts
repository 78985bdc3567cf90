import { contentHash } from '../approval/signing.ts';
import { type ActiveWork, isFinal } from './progress.ts';
import type { Hold, RunEffect, RunNote, RunState } from './run.ts';
import { put, type Transition } from './schedule.ts';

/** After a work that this worker would have begun was deferred by another; twice as long with each further attempt. */
const PAUSE_MS = 60_000;
const DOUBLINGS = 5;

/**
 * The run with the hold that this worker's policy asks for at `now`. A stop between nodes is safe at any of them: no state
 * on a plan's way breaks the version-skew policy.
 */
export function withHold(run: RunState, why: string | undefined, now: number): Transition {
  if (isFinal(run.status)) return { run, effects: [] };
  const { hold } = run;
  if (why === undefined) return hold && !(hold.until && now < hold.until) ? release(run, hold) : { run, effects: [] };
  return why === hold?.why ? { run, effects: [] } : held(run, { why, since: now, until: undefined });
}

/**
 * Another attempt, since a job of the same one is not made twice. Where this worker's own policy holds nothing, two workers
 * follow different ones, or different clocks: they would hand the work to and fro, so the run pauses, longer each time.
 */
export function defer(run: RunState, { key, state }: ActiveWork, why: string, now: number): Transition {
  const queued = put(run, key, { kind: 'queued', attempt: state.attempt + 1 });
  if (run.hold) return { run: queued, effects: [{ kind: 'show-status' }] };
  const until = now + PAUSE_MS * 2 ** Math.min(DOUBLINGS, state.attempt - 1);
  const advice = 'Another worker would go on: give all workers of this cluster the same policy file.';
  return held(queued, { why: `${why} ${advice}`, since: now, until });
}

function held(run: RunState, hold: Hold): Transition {
  return { run: { ...run, hold }, effects: told(run, hold, { kind: 'held', why: hold.why }) };
}

function release(run: RunState, hold: Hold): Transition {
  return { run: { ...run, hold: undefined }, effects: told(run, hold, { kind: 'released' }) };
}

/** Each reason is said once, and once that it is over, however often workers that do not agree change their minds. */
function told(run: RunState, { why }: Hold, note: RunNote): RunEffect[] {
  if (!run.works.some(({ state }) => state.kind === 'queued' || state.kind === 'failed')) return [];
  const id = `${run.id}-${note.kind}-${contentHash(why).slice(0, 16)}`;
  return [{ kind: 'note', id, note }, { kind: 'show-status' }];
}
