import { courseOf } from '../../../src/run/course.ts';
import { transition } from '../../../src/run/transition.ts';
import { commandEvent, failedEvent, stoppedEvent } from './example.ts';
import { atStep, current, following, notes, T0, W0 } from './histories.ts';

/** Its host is upgraded, and it is waited for until it is Ready. */
const waiting = atStep('ready');
const { node, phase, target } = current(waiting);
const unseen = { kind: 'node-given-back-unseen', node, phase, target };

describe('a node that is only waited for', () => {
  test('is given back at once where the run is aborted, and it is said that nobody saw it Ready', () => {
    const { run, effects } = transition(waiting, commandEvent('abort'), T0 + 6);
    expect(effects[0]).toEqual({ kind: 'steer' });
    expect(notes(effects)).toMatchObject([{ kind: 'commanded', atOnce: [node], later: [] }]);
    expect(courseOf(run, W0)).toEqual({ kind: 'stop' });
    const ended = transition(run, stoppedEvent(current(run)), T0 + 7);
    expect(ended.run.status.kind).toBe('aborted');
    expect(notes(ended.effects)).toMatchObject([unseen, { kind: 'aborted', left: 2 }]);
  });

  test('is given back at once where it is skipped, and what it runs by then is said', () => {
    const { run, effects } = transition(waiting, commandEvent({ kind: 'skip', at: W0 }), T0 + 6);
    expect(notes(effects)).toMatchObject([{ kind: 'commanded', atOnce: [node] }]);
    expect(courseOf(run, W0)).toEqual({ kind: 'stop' });
    const next = transition(run, stoppedEvent(current(run)), T0 + 7);
    expect(notes(next.effects)[0]).toEqual({ kind: 'node-skipped', node, phase, by: 'UBOB', reached: target });
    expect(current(next.run).node).toBe('w1');
  });

  test('goes on while the run is paused', () => {
    const { run, effects } = transition(waiting, commandEvent('pause'), T0 + 6);
    expect(notes(effects)).toMatchObject([{ kind: 'commanded', atOnce: [], later: [node] }]);
    expect(courseOf(run, W0).kind).toBe('go');
    expect(current(following(run, { kind: 'step', ...W0, step: 'uncordon' })).state).toMatchObject({
      step: 'uncordon',
    });
  });

  test.each([['abort' as const], [{ kind: 'skip', at: W0 } as const]])(
    'and has passed all that before the order %j came, is done',
    order => {
      const { run, effects } = transition(
        following(waiting, commandEvent(order)),
        { kind: 'step', ...W0, step: 'gates' },
        T0 + 7,
      );
      expect(run.works.find(({ key }) => key === W0.work)?.state.kind).toBe('done');
      expect(notes(effects)[0]).toEqual({ kind: 'gates-waived', node, by: 'UBOB' });
    },
  );
});

describe('a node whose host was at work when the run was aborted', () => {
  const aborting = following(atStep('upgrade'), commandEvent('abort'), { kind: 'step', ...W0, step: 'ready' });

  test('is waited for until it is Ready', () => {
    expect(courseOf(aborting, W0).kind).toBe('go');
    expect(current(following(aborting, { kind: 'step', ...W0, step: 'uncordon' })).state).toMatchObject({
      step: 'uncordon',
    });
  });

  test('is waited for no longer where somebody aborts again, which cannot be done a third time', () => {
    const { run, effects } = transition(aborting, commandEvent('abort'), T0 + 6);
    expect(effects[0]).toEqual({ kind: 'steer' });
    expect(notes(effects)).toMatchObject([{ kind: 'commanded', atOnce: [node] }]);
    expect(courseOf(run, W0)).toEqual({ kind: 'stop' });
    expect(run.status).toEqual(aborting.status);
    const third = transition(run, commandEvent('abort'), T0 + 7);
    expect(third.run).toBe(run);
    expect(notes(third.effects)).toMatchObject([{ kind: 'command-refused', why: 'the upgrade is aborting already' }]);
  });

  test('cannot be given up before its host is done', () => {
    const atWork = following(atStep('upgrade'), commandEvent('abort'));
    expect(transition(atWork, commandEvent('abort'), T0 + 6).run).toBe(atWork);
  });
});

test('an order that ends a retry while the host may be at work has the run give the node back once that is idle', () => {
  const skipping = following(atStep('drain'), commandEvent('skip'));
  const { run, effects } = transition(skipping, { ...stoppedEvent(current(skipping)), waits: true }, T0 + 6);
  expect(run.leaving).toEqual([{ ...W0, waitsFor: undefined }]);
  expect(effects).toContainEqual({ kind: 'give-back', ...W0 });
  expect(current(run).node).toBe('w1');
});

describe('a node that nobody goes on with', () => {
  const given = { kind: 'given-back', ...W0 } as const;
  const left = (step: 'upgrade' | 'ready') => {
    const failed = following(atStep(step), { ...failedEvent(current(atStep(step))), step });
    return following(failed, commandEvent('abort'), { kind: 'give-back-waits', ...W0, why: 'Job x is not over' });
  };

  test('is said to be gone where somebody has deleted it, and not to be given back', () => {
    const { effects } = transition(left('upgrade'), { ...given, gone: true }, T0 + 9);
    expect(notes(effects)[0]).toEqual({ kind: 'left-node-gone', node });
  });

  test('is not said to be as it was where it was upgraded', () => {
    expect(notes(transition(left('ready'), given, T0 + 9).effects)[0]).toEqual(unseen);
    expect(notes(transition(left('upgrade'), given, T0 + 9).effects)[0]).toEqual({ kind: 'node-given-back', node });
  });
});
