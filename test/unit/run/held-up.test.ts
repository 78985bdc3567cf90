import type { Blocker } from '../../../src/run/blocker.ts';
import type { RunEvent, RunState } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { attempt as attemptOf, commandEvent, exampleBlocker } from './example.ts';
import { advanced, current, following, notes, T0 } from './histories.ts';

describe('what keeps a drain', () => {
  const HOUR = 3_600_000;
  const begun = advanced(2);
  const { key: work } = current(begun);
  const run = following(begun, { kind: 'step', work, attempt: 1, step: 'drain' });
  const blocked = (...blockers: readonly Blocker[]): RunEvent => ({ kind: 'blocked', work, attempt: 1, blockers });
  const blocker = exampleBlocker({ since: T0 });

  test('is told in the thread once, then only shown in the status', () => {
    const first = transition(run, blocked(blocker), T0);
    expect(notes(first.effects)).toEqual([
      { kind: 'drain-blocked', work, attempt: 1, node: 'w0', blockers: [blocker], again: false },
    ]);
    expect(transition(first.run, blocked(blocker), T0).effects).toEqual([]);
    expect(transition(first.run, blocked(), T0).effects).toEqual([{ kind: 'show-status' }]);
  });

  test('is not told again while somebody has paused the run, in which nothing goes on by itself', () => {
    const paused = following(run, blocked(blocker), commandEvent('pause'));
    const later = transition(paused, { kind: 'tick' }, T0 + 3 * HOUR);
    expect(notes(later.effects)).toEqual([]);
    const resumed = transition(later.run, commandEvent('resume'), T0 + 3 * HOUR).run;
    expect(notes(transition(resumed, { kind: 'tick' }, T0 + 3 * HOUR).effects)).toMatchObject([{ again: true }]);
  });

  test('is told again by the tick after an hour, as it is then, and an hour after that', () => {
    const other = exampleBlocker({ uid: 'uid-2', pod: 'shop/web-2' });
    const later = following(run, blocked(blocker), blocked(other));
    const soon = transition(later, { kind: 'tick' }, T0 + HOUR);
    expect(notes(soon.effects)).toEqual([]);
    const hour = transition(later, { kind: 'tick' }, T0 + 5 + HOUR);
    expect(notes(hour.effects)).toEqual([
      { kind: 'drain-blocked', work, attempt: 1, node: 'w0', blockers: [other], again: true },
    ]);
    expect(notes(transition(hour.run, { kind: 'tick' }, T0 + 6 + HOUR).effects)).toEqual([]);
    const next = transition(hour.run, { kind: 'tick' }, T0 + 5 + 2 * HOUR);
    expect(notes(next.effects)).toHaveLength(1);
    const ids = [...hour.effects, ...next.effects].flatMap(effect => (effect.kind === 'note' ? [effect.id] : []));
    expect(new Set(ids).size).toBe(2);
  });

  test('is not told again once nothing keeps it any more', () => {
    const open = following(run, blocked(blocker), blocked());
    expect(notes(transition(open, { kind: 'tick' }, T0 + 2 * HOUR).effects)).toEqual([]);
  });

  test('is known since when, though another worker sees it anew', () => {
    const again = following(run, blocked(blocker), blocked({ ...blocker, ready: false, since: T0 + 500 }));
    expect(current(again).state).toMatchObject({ blockers: [{ ready: false, since: T0 }] });
  });
});

describe('closed gates', () => {
  const closed = [{ gate: 'workloads', why: 'not back: Deployment shop/web (1 of 2 ready)' }] as const;
  const gated = (overdue: boolean, run: RunState): RunEvent => {
    const under = current(run);
    return { kind: 'gated', work: under.key, attempt: attemptOf(under), closed, overdue };
  };
  const run = advanced(3);
  const inGates = following(run, { kind: 'step', work: current(run).key, attempt: 1, step: 'gates' });

  test('are shown at once, and told in the thread once they are overdue', () => {
    const first = transition(inGates, gated(false, inGates), T0);
    expect(first.effects).toEqual([{ kind: 'show-status' }]);
    expect(current(first.run).state).toMatchObject({ closed });
    const overdue = transition(first.run, gated(true, first.run), T0);
    expect(notes(overdue.effects)).toEqual([
      { kind: 'gates-closed', node: current(run).node, step: 'gates', skippable: true, closed },
    ]);
    expect(transition(overdue.run, gated(true, overdue.run), T0).effects).toEqual(overdue.effects);
  });

  test('are forgotten with the step that waited for them', () => {
    const early = following(run, gated(false, run));
    const later = following(early, { kind: 'step', work: current(run).key, attempt: 1, step: 'uncordon' });
    expect(current(later).state).toMatchObject({ closed: [] });
  });

  test('that somebody waives leave a node that is done, in later hops as well', () => {
    const { key, node } = current(inGates);
    const failed = following(inGates, { kind: 'failed', work: key, attempt: 1, step: 'gates', reason: 'No.', log: [] });
    const { run: waived, effects } = transition(failed, commandEvent('skip'), T0);
    expect(waived.status.kind).not.toBe('halted');
    expect(waived.works.find(work => work.key === key)?.state.kind).toBe('done');
    expect(waived.works.filter(({ state }) => state.kind === 'skipped')).toEqual([]);
    expect(notes(effects)).toContainEqual({ kind: 'gates-waived', node, by: 'UBOB' });
    expect(effects.filter(({ kind }) => kind === 'give-back')).toEqual([]);
  });
});

describe('a node whose gates are closed', () => {
  const run = advanced(3);
  const { key, node } = current(run);
  const inGates = following(run, { kind: 'step', work: key, attempt: 1, step: 'gates' });

  test.each(['skip', 'abort'] as const)(
    'is done at once by an order to %s, since it is upgraded and in service',
    order => {
      const step = transition(inGates, commandEvent(order), T0);
      expect(step.run.works.find(work => work.key === key)?.state.kind).toBe('done');
      expect(notes(step.effects)).toContainEqual({ kind: 'gates-waived', node, by: 'UBOB' });
      expect(step.run.status.kind).toBe(order === 'skip' ? 'finished' : 'aborted');
      expect(transition(step.run, { kind: 'done', work: key, attempt: 1 }, T0).run).toBe(step.run);
    },
  );
});

test('a node that somebody uncordoned is spoken of once per attempt, whoever sees it', () => {
  const run = advanced(1);
  const under = current(run);
  const work = under.key;
  const attempt = attemptOf(under);
  const { effects } = transition(run, { kind: 'recordoned', work, attempt, hostAtWork: false }, T0);
  expect(notes(effects)).toEqual([{ kind: 'node-recordoned', node: under.node, hostAtWork: false }]);
  expect(transition(run, { kind: 'recordoned', work, attempt, hostAtWork: false }, T0 + 1).effects).toEqual(effects);
  expect(transition(run, { kind: 'recordoned', work, attempt: attempt + 1, hostAtWork: false }, T0).effects).toEqual(
    [],
  );
});

test('pods that only their cordoned node may take are told once, whichever attempt finds them', () => {
  const run = advanced(1);
  const under = current(run);
  const tied = { kind: 'tied', work: under.key, attempt: attemptOf(under), pods: ['shop/db-0'] } as const;
  const { effects } = transition(run, tied, T0);
  expect(notes(effects)).toEqual([{ kind: 'pods-tied', node: under.node, pods: ['shop/db-0'] }]);
  expect(transition(run, tied, T0 + 1).effects).toEqual(effects);
});
