import { countNodes } from '../../../src/run/progress.ts';
import type { RunEvent, RunState } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import { active, commandEvent, doneEvent, failedEvent } from './example.ts';
import { advanced, atStep, current, following, fresh, notes, T0, W0 } from './histories.ts';

describe('a node that nobody goes on with', () => {
  const failed = following(atStep('upgrade'), failedEvent(current(atStep('upgrade'))));
  const given: RunEvent = { kind: 'given-back', ...W0 };
  const waits = (why: string): RunEvent => ({ kind: 'give-back-waits', ...W0, why });
  const giveBack = { kind: 'give-back', ...W0 };

  test.each<[string, RunState]>([
    ['aborted after it failed', following(failed, commandEvent('abort'))],
    [
      'aborted before it failed',
      following(atStep('upgrade'), commandEvent('abort'), failedEvent(current(atStep('upgrade')))),
    ],
    [
      'aborted, and it had to wait',
      following(atStep('drain'), commandEvent('abort'), { kind: 'deferred', ...W0, why: 'It is night.' }),
    ],
  ])('is given back before the run ends that was %s', (_what, aborting) => {
    expect(aborting.status.kind).toBe('aborting');
    expect(transition(aborting, { kind: 'tick' }, T0).effects).toEqual([giveBack]);
    const waiting = transition(aborting, waits('Job j is not over'), T0);
    expect(notes(waiting.effects)).toEqual([{ kind: 'give-back-waits', node: 'w0', why: 'Job j is not over' }]);
    expect(transition(waiting.run, waits('Job j is not over'), T0)).toEqual({ run: waiting.run, effects: [] });
    expect(transition(waiting.run, { kind: 'tick' }, T0).effects).toEqual([giveBack]);
    const { run, effects } = transition(waiting.run, given, T0);
    expect(run.status.kind).toBe('aborted');
    expect(notes(effects).map(({ kind }) => kind)).toEqual(['node-given-back', 'aborted']);
    expect(transition(run, given, T0).run).toBe(run);
  });

  test('does not hold up the others, and the run ends only with it', () => {
    const skipped = transition(failed, commandEvent('skip'), T0);
    expect(skipped.effects).toContainEqual(giveBack);
    expect(current(skipped.run).node).toBe('w1');
    const through = following(skipped.run, doneEvent(current(skipped.run)));
    expect(through.status.kind).toBe('running');
    expect(following(through, given).status.kind).toBe('finished');
  });

  test('is none of a retry, nor are others of its attempts', () => {
    const retried = following(failed, commandEvent('retry'));
    expect(retried.leaving).toEqual([]);
    const skipped = following(failed, commandEvent('skip'));
    expect(following(skipped, { ...given, attempt: 2 })).toBe(skipped);
  });
});

describe('a node that vanished', () => {
  const long = advanced(2, following(fresh({ controlPlanes: 1, workers: 2, hops: 2 }), { kind: 'begin' }));
  const vanished: RunEvent = { kind: 'vanished', ...W0, step: 'gates', replaced: false };

  test('is told of once, left out in this hop and in later ones, and the run goes on', () => {
    const { run, effects } = transition(long, vanished, T0 + 9);
    expect(notes(effects)[0]).toEqual({ kind: 'node-vanished', node: 'w0', step: 'gates', replaced: false });
    expect(run.status.kind).toBe('running');
    expect(current(run).node).toBe('w1');
    const states = run.works.filter(({ node }) => node === 'w0').map(({ state }) => state);
    expect(states).toEqual([
      { kind: 'vanished', at: T0 + 9 },
      { kind: 'vanished', at: T0 + 9 },
    ]);
    expect(transition(run, vanished, T0 + 10).run).toBe(run);
  });

  test('is neither done nor left over when the run ends', () => {
    let run = following(long, vanished);
    for (let work = active(run); work; work = active(run)) run = following(run, doneEvent(work));
    expect(run.status.kind).toBe('finished');
    expect(countNodes(run)).toEqual({ done: 2, left: 0 });
  });

  test('ends an abort that waited for it', () => {
    const aborting = following(atStep('upgrade'), commandEvent('abort'), vanished);
    expect(aborting.status.kind).toBe('aborted');
  });
});

describe('a pause', () => {
  const paused = following(atStep('upgrade'), commandEvent('pause'));
  const halted = following(paused, failedEvent(current(paused)));

  test.each<['retry' | 'skip', RunState]>([
    ['retry', halted],
    ['skip', halted],
    ['skip', following(paused, { kind: 'failed', ...W0, step: 'gates', reason: 'No.', log: [] })],
  ])('is not forgotten by a failure: after a %s the run waits until somebody resumes', (order, run) => {
    const { run: dealt, effects } = transition(run, commandEvent(order), T0 + 50);
    expect(dealt.status).toEqual({ kind: 'paused', by: 'UBOB', at: T0 + 5 });
    expect(notes(effects)[0]).toMatchObject({ kind: 'commanded', command: order, staysPaused: true });
    expect(active(dealt)).toBeUndefined();
    expect(active(following(dealt, { kind: 'tick' }))).toBeUndefined();
    expect(active(following(dealt, commandEvent('resume')))).toBeDefined();
  });

  test('that nobody had given is not made up', () => {
    const { run, effects } = transition(
      following(atStep('upgrade'), failedEvent(current(atStep('upgrade')))),
      commandEvent('retry'),
      T0,
    );
    expect(run.status.kind).toBe('running');
    expect(notes(effects)[0]).toMatchObject({ staysPaused: false });
  });
});
