import type { Blocker } from './blocker.ts';
import { endsAtOnce } from './course.ts';
import { type ActiveWork, activeWorks, pauseOf } from './progress.ts';
import type { RunEffect, RunState } from './run.ts';
import { put, type Transition } from './schedule.ts';

/** A drain that is still blocked is spoken of again after this. */
const TELL_AGAIN_MS = 60 * 60 * 1_000;

/** What keeps a drain has changed: the status shows it; the thread is told the first time, and then every hour. */
export function block(run: RunState, work: ActiveWork, reported: readonly Blocker[], now: number): Transition {
  const { key, state } = work;
  // A report that comes after the drain has ended.
  if (!endsAtOnce(state.step)) return { run, effects: [] };
  const blockers = withFirstTimes(reported, state.blockers);
  if (JSON.stringify(blockers) === JSON.stringify(state.blockers)) return { run, effects: [] };
  const blocked = put(run, key, { ...state, blockers });
  if (blockers.length === 0 || state.toldAt !== undefined) return { run: blocked, effects: [{ kind: 'show-status' }] };
  return tell(blocked, { ...work, state: { ...state, blockers } }, now);
}

/** Tells the thread of every drain that has been blocked for another hour; not of one that somebody has stopped. */
export function tellAgain(run: RunState, now: number): Transition {
  if (pauseOf(run.status)) return { run, effects: [] };
  const due = activeWorks(run).filter(
    ({ state: { blockers, toldAt } }) => blockers.length > 0 && toldAt !== undefined && now - toldAt >= TELL_AGAIN_MS,
  );
  return due.reduce<Transition>(
    (so, work) => {
      const told = tell(so.run, work, now);
      return { run: told.run, effects: [...so.effects, ...told.effects] };
    },
    { run, effects: [] },
  );
}

function tell(run: RunState, { key, node, state }: ActiveWork, now: number): Transition {
  const { attempt, blockers, toldAt } = state;
  const note: RunEffect = {
    kind: 'note',
    id: `${run.id}-${key}-${attempt}-blocked-${now}`,
    note: { kind: 'drain-blocked', work: key, attempt, node, blockers, again: toldAt !== undefined },
  };
  return { run: put(run, key, { ...state, toldAt: now }), effects: [note, { kind: 'show-status' }] };
}

/** A worker that takes the drain over sees the same refusals anew: what is known to have been so for longer stays so. */
function withFirstTimes(reported: readonly Blocker[], known: readonly Blocker[]): readonly Blocker[] {
  const first = new Map(known.map(({ uid, cause, since }) => [`${uid} ${cause.kind}`, since]));
  return reported.map(blocker => {
    const before = first.get(`${blocker.uid} ${blocker.cause.kind}`) ?? blocker.since;
    return { ...blocker, since: Math.min(before, blocker.since) };
  });
}
