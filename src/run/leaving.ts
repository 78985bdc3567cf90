import { contentHash } from '../approval/signing.ts';
import type { RunNote } from './note.ts';
import { isUpgraded } from './progress.ts';
import type { Leaving, RunEffect, RunEvent, RunState, Work } from './run.ts';
import { attemptOf, giveBack, type Transition } from './schedule.ts';

type GiveBackEvent = Extract<RunEvent, { readonly kind: 'given-back' | 'give-back-waits' }>;

/** Has what these works did to their nodes undone, as soon as their hosts are known not to be at work. */
export function leave(run: RunState, works: readonly Work[]): Transition {
  const more = works.map(({ key, state }): Leaving => ({ work: key, attempt: attemptOf(state), waitsFor: undefined }));
  return { run: { ...run, leaving: [...run.leaving, ...more] }, effects: more.map(giveBack) };
}

/** Nobody has seen that a node which was upgraded is well. */
export function givenBackNote(work: Work): RunNote {
  const { node, phase, target } = work;
  return isUpgraded(work) ? { kind: 'node-given-back-unseen', node, phase, target } : { kind: 'node-given-back', node };
}

/** What came of a look at a node that is left. Each thing that it waits for is told once. */
export function look(run: RunState, event: GiveBackEvent): Transition {
  const { work: key, attempt } = event;
  const left = run.leaving.find(each => each.work === key && each.attempt === attempt);
  const work = run.works.find(each => each.key === key);
  if (!left || !work) return { run, effects: [] };
  const { node } = work;
  const id = `${run.id}-${key}-${attempt}-${event.kind}`;
  if (event.kind === 'given-back') {
    const note: RunNote = event.gone ? { kind: 'left-node-gone', node } : givenBackNote(work);
    const told: RunEffect = { kind: 'note', id, note };
    const others = run.leaving.filter(each => each !== left);
    return {
      run: { ...run, leaving: others },
      effects: [...(left.waitsFor === undefined ? [] : [told]), { kind: 'show-status' }],
    };
  }
  const { why } = event;
  if (why === left.waitsFor) return { run, effects: [] };
  const waits = run.leaving.map(each => (each === left ? { ...left, waitsFor: why } : each));
  const told: RunEffect = {
    kind: 'note',
    id: `${id}-${contentHash(why).slice(0, 16)}`,
    note: { kind: 'give-back-waits', node, why },
  };
  return { run: { ...run, leaving: waits }, effects: [told, { kind: 'show-status' }] };
}
