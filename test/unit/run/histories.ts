import { newRun } from '../../../src/run/new-run.ts';
import type { RunEffect, RunEvent, RunState, Step } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { active, doneEvent, examplePlan } from './example.ts';

export const T0 = 1_000;
/** The first attempt at the first worker. */
export const W0 = { work: 'h0-2-w0', attempt: 1 };

export function fresh(size = { controlPlanes: 1, workers: 2, hops: 1 }): RunState {
  return newRun(examplePlan(size), { id: 'r1', now: T0 });
}

export function following(run: RunState, ...events: RunEvent[]): RunState {
  return events.reduce((state, event) => transition(state, event, T0 + 5).run, run);
}

/** The run after `count` works are done. */
export function advanced(count: number, run = following(fresh(), { kind: 'begin' })): RunState {
  const work = active(run);
  return count === 0 || !work ? run : advanced(count - 1, following(run, doneEvent(work)));
}

export function current(run: RunState) {
  const work = active(run);
  if (!work) throw new Error('no work is active');
  return work;
}

export function notes(effects: readonly RunEffect[]) {
  return effects.flatMap(effect => (effect.kind === 'note' ? [effect.note] : []));
}

/** The run whose worker w0 has come to this step. */
export function atStep(step: Step): RunState {
  return following(advanced(2), { kind: 'step', ...W0, step });
}
