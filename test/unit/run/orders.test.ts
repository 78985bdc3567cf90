import type { Plan } from '../../../src/plan/plan.ts';
import { courseOf } from '../../../src/run/course.ts';
import { newRun } from '../../../src/run/new-run.ts';
import type { RunEvent, RunState, Work } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import {
  active,
  commandEvent,
  doneEvent,
  exampleBlocker,
  examplePlan,
  failedEvent,
  silentEvent,
  stoppedEvent,
} from './example.ts';
import { advanced, atStep, current, following, fresh, notes, T0, W0 } from './histories.ts';

/** Two hops, of which the kubelets of both workers skip the first. */
const PLAIN = examplePlan({ controlPlanes: 1, workers: 2, hops: 2 });
const THRIFTY: Plan = {
  ...PLAIN,
  hops: PLAIN.hops.map((hop, place) => ({
    ...hop,
    stages: hop.stages.map(stage => ({
      ...stage,
      passes: stage.passes.map(pass =>
        place === 0 && stage.kind === 'workers' ? { ...pass, phase: 'config' as const } : pass,
      ),
    })),
  })),
};

/** A paused run in which nothing is under way. */
function idle(): RunState {
  const paused = following(advanced(1), commandEvent('pause'));
  return following(paused, doneEvent(current(paused)));
}

describe('orders', () => {
  test.each<[string, RunState, ...RunEvent[]]>([
    ['while running, a second resume', advanced(1), commandEvent('resume')],
    ['while running, a retry', advanced(1), commandEvent('retry')],
    ['while a host is at work, a skip', atStep('upgrade'), commandEvent('skip')],
    ['while nothing is under way, a skip', idle(), commandEvent('skip')],
    ['of another attempt, a skip', advanced(2), commandEvent({ kind: 'skip', at: { work: 'h0-2-w0', attempt: 2 } })],
    ['where nothing blocks, to keep waiting', atStep('drain'), commandEvent({ kind: 'wait', at: W0 })],
    ['once paused, a second pause', following(advanced(1), commandEvent('pause')), commandEvent('pause')],
    ['once finished, an abort', advanced(4), commandEvent('abort')],
    ['once halted, a resume', following(advanced(2), failedEvent(current(advanced(2)))), commandEvent('resume')],
  ])('%s is refused with a reason and changes nothing', (_name, run, event) => {
    const step = transition(run, event, T0);
    expect(step.run).toBe(run);
    expect(notes(step.effects)).toMatchObject([
      { kind: 'command-refused', by: 'UBOB', why: expect.stringMatching(/\w/) },
    ]);
  });

  test('while paused nothing new starts, and resume goes on', () => {
    const paused = following(advanced(1), commandEvent('pause'));
    const idle = following(paused, doneEvent(current(paused)));
    expect(active(idle)).toBeUndefined();
    expect(active(following(idle, { kind: 'tick' }))).toBeUndefined();
    expect(current(following(idle, commandEvent('resume'))).key).toBe('h0-2-w0');
  });

  test('a retry starts the failed work as its next attempt, and events of the last one change nothing', () => {
    const run = advanced(2);
    const late = current(run);
    const retried = following(run, failedEvent(late), commandEvent('retry'));
    expect(current(retried).state).toMatchObject({ attempt: 2 });
    expect(following(retried, doneEvent(late), failedEvent(late))).toBe(retried);
  });

  test('a retry of gates asks them once more, and does nothing that is behind them again', () => {
    const run = advanced(2);
    const atGates = following(run, {
      kind: 'failed',
      work: current(run).key,
      attempt: 1,
      step: 'gates',
      reason: 'alerts',
      log: [],
    });
    const retried = following(atGates, commandEvent('retry'));
    expect(current(retried).state).toMatchObject({ attempt: 2, step: 'gates' });
  });

  test('a failed worker can be skipped, now and in later hops, and the run goes on', () => {
    const run = advanced(2, following(fresh({ controlPlanes: 1, workers: 2, hops: 2 }), { kind: 'begin' }));
    const skipped = following(run, failedEvent(current(run)), commandEvent('skip'));
    expect(current(skipped).key).toBe('h0-2-w1');
    const kinds = skipped.works.filter(({ node }) => node === 'w0').map(({ state }) => state.kind);
    expect(kinds).toEqual(['skipped', 'skipped']);
  });

  test('a worker that is skipped while its kubelet waits is left alone altogether: kubeadm has missed a version', () => {
    const begun = newRun(THRIFTY, { id: 'r1', now: T0 });
    const preparing = advanced(2, following(begun, { kind: 'begin' }));
    expect(current(preparing)).toMatchObject({ node: 'w0', phase: 'config' });
    const skipped = following(preparing, failedEvent(current(preparing)), commandEvent('skip'));
    const left = skipped.works.filter(({ state }) => state.kind === 'skipped').map(({ key }) => key);
    expect(left).toEqual(['h0-2-w0', 'h1-5-w0']);
    expect(current(skipped)).toMatchObject({ node: 'w1', phase: 'config' });
  });

  test('a failed control-plane phase cannot be skipped, because the rest depends on it', () => {
    const run = advanced(0);
    const halted = following(run, failedEvent(current(run)));
    const { run: same, effects } = transition(halted, commandEvent('skip'), T0);
    expect(same).toBe(halted);
    expect(notes(effects)).toMatchObject([
      { kind: 'command-refused', why: expect.stringContaining('control plane of cp0') },
    ]);
  });

  test('a worker cannot be skipped where later hops would leave it more than three minors behind', () => {
    const run = advanced(2, following(fresh({ controlPlanes: 1, workers: 1, hops: 4 }), { kind: 'begin' }));
    const halted = following(run, failedEvent(current(run)));
    expect(transition(halted, commandEvent('skip'), T0).run).toBe(halted);
  });

  test('abort has a drain stopped, and ends the run as soon as its node is given back', () => {
    const { run: aborting, effects } = transition(atStep('drain'), commandEvent('abort'), T0);
    expect(aborting.status.kind).toBe('aborting');
    expect(effects[0]).toEqual({ kind: 'steer' });
    expect(notes(effects)).toEqual([
      {
        kind: 'commanded',
        command: 'abort',
        by: 'UBOB',
        atOnce: ['w0'],
        later: [],
        staysPaused: false,
        pod: undefined,
      },
    ]);
    expect(courseOf(aborting, W0)).toEqual({ kind: 'stop' });
    const ended = transition(aborting, stoppedEvent(current(aborting)), T0 + 7);
    expect(ended.run.status).toEqual({ kind: 'aborted', by: 'UBOB', at: T0 + 7 });
    expect(notes(ended.effects).map(({ kind }) => kind)).toEqual(['node-given-back', 'aborted']);
    expect(notes(ended.effects).at(-1)).toEqual({ kind: 'aborted', done: 1, left: 2 });
    expect(ended.effects.at(-1)).toEqual({ kind: 'end' });
  });

  test('abort waits for a host that is at work, and says so', () => {
    const { run: aborting, effects } = transition(atStep('upgrade'), commandEvent('abort'), T0);
    expect(notes(effects)).toMatchObject([{ kind: 'commanded', atOnce: [], later: ['w0'] }]);
    expect(courseOf(aborting, W0).kind).toBe('go');
    const { run } = transition(aborting, doneEvent(current(aborting)), T0 + 7);
    expect(run.status).toEqual({ kind: 'aborted', by: 'UBOB', at: T0 + 7 });
  });

  test('skip has a drain stopped; the node is left behind when it is given back, and the run goes on', () => {
    const { run: skipping, effects } = transition(atStep('drain'), commandEvent('skip'), T0);
    expect(effects[0]).toEqual({ kind: 'steer' });
    expect(courseOf(skipping, W0)).toEqual({ kind: 'stop' });
    const next = transition(skipping, stoppedEvent(current(skipping)), T0);
    expect(next.run.status.kind).toBe('running');
    expect(current(next.run).key).toBe('h0-2-w1');
    expect(notes(next.effects).map(({ kind }) => kind)).toEqual(['node-skipped', 'node-started']);
  });

  test.each<[string, (work: Work) => RunEvent]>([
    ['fails instead', failedEvent],
    ['had to wait for its time', ({ key }) => ({ kind: 'deferred', work: key, attempt: 1, why: 'It is night.' })],
  ])('a node that is being skipped and that %s is left behind as well, and halts nothing', (_what, event) => {
    const skipping = following(atStep('drain'), commandEvent({ kind: 'skip', at: W0 }));
    const { run, effects } = transition(skipping, event(current(skipping)), T0);
    expect(run.status.kind).toBe('running');
    expect(run.works.find(({ key }) => key === W0.work)?.state.kind).toBe('skipped');
    expect(effects).toContainEqual({ kind: 'give-back', ...W0 });
  });

  test('a host is not begun with against an order that came before', () => {
    for (const order of ['pause', 'abort', 'skip'] as const) {
      const ordered = following(atStep('drain'), commandEvent(order));
      expect(following(ordered, { kind: 'step', ...W0, step: 'upgrade' })).toBe(ordered);
    }
    const resumed = following(atStep('drain'), commandEvent('pause'), commandEvent('resume'));
    expect(current(following(resumed, { kind: 'step', ...W0, step: 'upgrade' })).state).toMatchObject({
      step: 'upgrade',
    });
  });

  test('time that passes in a pause is given back to the drain that stood still', () => {
    const paused = transition(atStep('drain'), commandEvent('pause'), T0 + 100).run;
    const resumed = transition(paused, commandEvent('resume'), T0 + 900).run;
    // It had begun at T0 + 5, and 800 of the time since do not count.
    expect(current(resumed).state).toMatchObject({ stepSince: T0 + 5, countedFrom: T0 + 805 });
  });

  describe('to force a pod', () => {
    const blocked = following(atStep('drain'), { kind: 'blocked', ...W0, blockers: [exampleBlocker()] });
    const pod = { namespace: 'shop', name: 'web-1', uid: 'uid-web-1' };
    const order = commandEvent({ kind: 'force', at: W0, pod });

    test('is passed on to whoever carries out the drain; that it was deleted is said with who had it done', () => {
      const { run, effects } = transition(blocked, order, T0);
      expect(current(run).state).toMatchObject({ forced: [{ uid: 'uid-web-1', pod: 'shop/web-1', by: 'UBOB' }] });
      expect(effects[0]).toEqual({ kind: 'steer' });
      expect(notes(effects)).toMatchObject([{ kind: 'commanded', command: 'force', by: 'UBOB', pod: 'shop/web-1' }]);
      expect(transition(run, order, T0).run).toBe(run);
      const done = transition(run, { kind: 'pod-deleted', ...W0, uid: 'uid-web-1' }, T0);
      expect(done.run).toBe(run);
      expect(notes(done.effects)).toEqual([{ kind: 'pod-deleted', node: 'w0', pod: 'shop/web-1', by: 'UBOB' }]);
    });

    const stopping = exampleBlocker({ cause: { kind: 'stopping', graceSeconds: 30 } });
    const silent = exampleBlocker({ cause: { kind: 'trouble', code: undefined, detail: 'it refuses connections' } });
    test.each<[string, RunState, RunEvent]>([
      ['is not blocked', atStep('drain'), order],
      ['is blocked by another pod', blocked, commandEvent({ kind: 'force', at: W0, pod: { ...pod, uid: 'other' } })],
      ['is of another attempt', blocked, commandEvent({ kind: 'force', at: { ...W0, attempt: 2 }, pod })],
      ['is paused', following(blocked, commandEvent('pause')), order],
      ['is being stopped', following(blocked, commandEvent('skip')), order],
      ['only waits for the pod to stop', following(blocked, { kind: 'blocked', ...W0, blockers: [stopping] }), order],
      [
        'has an API server that gives no answer',
        following(blocked, { kind: 'blocked', ...W0, blockers: [silent] }),
        order,
      ],
    ])('is refused where the drain %s', (_what, run, event) => {
      const { run: same, effects } = transition(run, event, T0);
      expect(same).toBe(run);
      expect(notes(effects)).toMatchObject([{ kind: 'command-refused', command: 'force' }]);
    });

    test('is said of no pod that nobody had ordered', () => {
      expect(transition(blocked, { kind: 'pod-deleted', ...W0, uid: 'uid-web-1' }, T0).effects).toEqual([]);
    });
  });

  describe('to take a node out of service', () => {
    const silent = silentEvent(current(atStep('drain')));
    const halted = following(atStep('drain'), silent);
    const order = commandEvent({ kind: 'out-of-service', at: W0, node: 'w0' });

    test('is carried out by the worker, and the run stays halted', () => {
      const { run, effects } = transition(halted, order, T0);
      expect(run).toBe(halted);
      expect(notes(effects)).toMatchObject([
        { kind: 'commanded', command: 'out-of-service', by: 'UBOB', atOnce: ['w0'] },
      ]);
      expect(effects).toContainEqual({ kind: 'out-of-service', order: order.id });
    });

    const { silent: _, ...broken } = silent;
    test.each<[string, RunState, RunEvent]>([
      ['failed otherwise', following(atStep('drain'), broken), order],
      ['has not failed', atStep('drain'), order],
      ['was retried', following(halted, commandEvent('retry')), order],
      ['was skipped', following(halted, commandEvent('skip')), order],
      ['was given up', following(halted, commandEvent('abort')), order],
      [
        'failed in another attempt',
        halted,
        commandEvent({ kind: 'out-of-service', at: { ...W0, attempt: 2 }, node: 'w0' }),
      ],
      ['is another than was meant', halted, commandEvent({ kind: 'out-of-service', at: W0, node: 'w1' })],
    ])('is refused where it %s', (_what, run, event) => {
      const { run: same, effects } = transition(run, event, T0);
      expect(same).toBe(run);
      expect(notes(effects)).toMatchObject([{ kind: 'command-refused', command: 'out-of-service' }]);
      expect(effects.filter(({ kind }) => kind === 'out-of-service')).toEqual([]);
    });

    test('is offered again where a retry finds the node silent still', () => {
      const again = following(halted, commandEvent('retry'), { ...silent, attempt: 2 });
      const next = commandEvent({ kind: 'out-of-service', at: { ...W0, attempt: 2 }, node: 'w0' });
      expect(transition(again, next, T0).effects).toContainEqual({ kind: 'out-of-service', order: next.id });
    });
  });

  test('to keep waiting begins the time of the drain anew, and tells who did so', () => {
    const blocked = following(atStep('drain'), { kind: 'blocked', ...W0, blockers: [exampleBlocker()] });
    const order = commandEvent({ kind: 'wait', at: W0 });
    const { run, effects } = transition(blocked, order, T0 + 500);
    expect(current(run).state).toMatchObject({ countedFrom: T0 + 500, toldAt: T0 + 500, waiting: { by: 'UBOB' } });
    expect(effects[0]).toEqual({ kind: 'steer' });
    expect(notes(effects)).toEqual([
      { kind: 'commanded', command: 'wait', by: 'UBOB', atOnce: ['w0'], later: [], staysPaused: false, pod: undefined },
    ]);
    expect(transition(run, order, T0 + 900).run).toBe(run);
  });

  test('abort waits for no gates of a host that is at work: they would protect a node that does not come', () => {
    const aborting = following(atStep('upgrade'), commandEvent('abort'), { kind: 'step', ...W0, step: 'uncordon' });
    expect(aborting.status.kind).toBe('aborting');
    const { run, effects } = transition(aborting, { kind: 'step', ...W0, step: 'gates' }, T0 + 7);
    expect(run.status.kind).toBe('aborted');
    expect(run.works.find(({ key }) => key === W0.work)?.state.kind).toBe('done');
    expect(notes(effects).map(({ kind }) => kind)).toEqual(['gates-waived', 'aborted']);
  });
});
