import type { Plan } from '../../../src/plan/plan.ts';
import type { Blocker } from '../../../src/run/blocker.ts';
import { courseOf } from '../../../src/run/course.ts';
import { newRun } from '../../../src/run/new-run.ts';
import { countNodes } from '../../../src/run/progress.ts';
import type { RunEffect, RunEvent, RunState, Step, Work } from '../../../src/run/run.ts';
import { transition } from '../../../src/run/transition.ts';
import {
  active,
  attempt as attemptOf,
  commandEvent,
  doneEvent,
  exampleBlocker,
  examplePlan,
  failedEvent,
  silentEvent,
  stoppedEvent,
} from './example.ts';

const T0 = 1_000;
/** The first attempt at the first worker. */
const W0 = { work: 'h0-2-w0', attempt: 1 };

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

function fresh(size = { controlPlanes: 1, workers: 2, hops: 1 }): RunState {
  return newRun(examplePlan(size), { id: 'r1', now: T0 });
}

function following(run: RunState, ...events: RunEvent[]): RunState {
  return events.reduce((state, event) => transition(state, event, T0 + 5).run, run);
}

/** The run after `count` works are done. */
function advanced(count: number, run = following(fresh(), { kind: 'begin' })): RunState {
  const work = active(run);
  return count === 0 || !work ? run : advanced(count - 1, following(run, doneEvent(work)));
}

function current(run: RunState) {
  const work = active(run);
  if (!work) throw new Error('no work is active');
  return work;
}

function notes(effects: readonly RunEffect[]) {
  return effects.flatMap(effect => (effect.kind === 'note' ? [effect.note] : []));
}

test('a plan becomes works in the order hop, stage, pass, node, with a group per pass', () => {
  expect(fresh({ controlPlanes: 2, workers: 1, hops: 2 }).works.map(({ key, phase }) => `${key} ${phase}`)).toEqual([
    'h0-0-cp0 control-plane',
    'h0-0-cp1 control-plane',
    'h0-1-cp0 kubelet',
    'h0-1-cp1 kubelet',
    'h0-2-w0 kubelet',
    'h1-3-cp0 control-plane',
    'h1-3-cp1 control-plane',
    'h1-4-cp0 kubelet',
    'h1-4-cp1 kubelet',
    'h1-5-w0 kubelet',
  ]);
});

test('begin says that it started and starts the first work', () => {
  const { run, effects } = transition(fresh(), { kind: 'begin' }, T0);
  expect(current(run).key).toBe('h0-0-cp0');
  expect(effects).toContainEqual({ kind: 'start-work', work: 'h0-0-cp0', attempt: 1 });
  expect(notes(effects).map(({ kind }) => kind)).toEqual(['started', 'node-started']);
});

test('a finished work is reported with its duration and the next one starts', () => {
  const begun = following(fresh(), { kind: 'begin' });
  const { run, effects } = transition(begun, doneEvent(current(begun)), T0 + 65);
  expect(notes(effects)).toMatchObject([{ kind: 'node-done', node: 'cp0', ms: 60 }, { kind: 'node-started' }]);
  expect(current(run).key).toBe('h0-1-cp0');
});

test('the table of nodes is shown once, when the last work of a stage is done, and before the next one starts', () => {
  const run = advanced(1);
  const { effects } = transition(run, doneEvent(current(run)), T0);
  expect(effects.map(({ kind }) => kind)).toEqual([
    'note',
    'show-status',
    'show-nodes',
    'start-work',
    'note',
    'show-status',
  ]);
  expect(effects).toContainEqual({
    kind: 'show-nodes',
    id: 'r1-h0-control-plane-nodes',
    hop: 0,
    stage: 'control-plane',
  });
});

test('what a work took is remembered, by its kind', () => {
  const begun = following(fresh(), { kind: 'begin' });
  const work = current(begun);
  const upgrading = following(begun, { kind: 'step', work: work.key, attempt: 1, step: 'upgrade' });
  expect(transition(upgrading, doneEvent(work), T0 + 65).effects).toContainEqual({
    kind: 'remember',
    id: 'r1-h0-0-cp0',
    duration: { phase: 'control-plane', role: 'control-plane', kubeadm: 'apply', ms: 60 },
  });
});

test('neither a node that had nothing to do nor a second attempt tells how long a work takes', () => {
  const begun = following(fresh(), { kind: 'begin' });
  const nothing = transition(begun, doneEvent(current(begun)), T0 + 65).effects;
  const again = following(begun, failedEvent(current(begun)), commandEvent('retry'));
  const { key } = current(again);
  const retried = following(again, { kind: 'step', work: key, attempt: 2, step: 'upgrade' });
  const second = transition(retried, doneEvent(current(retried)), T0 + 65).effects;
  expect([...nothing, ...second].filter(({ kind }) => kind === 'remember')).toEqual([]);
});

test('after the last work the run is finished and ends', () => {
  const run = advanced(3);
  const { run: last, effects } = transition(run, doneEvent(current(run)), T0 + 100);
  expect(last.status).toEqual({ kind: 'finished', at: T0 + 100 });
  expect(notes(effects).at(-1)).toEqual({ kind: 'finished', nodes: 3, ms: 100 });
  expect(effects.at(-1)).toEqual({ kind: 'end' });
});

test('a failure halts the run, keeps the log lines, and starts nothing', () => {
  const run = advanced(2);
  const { run: halted, effects } = transition(run, failedEvent(current(run)), T0);
  expect(halted.status).toMatchObject({ kind: 'halted', work: 'h0-2-w0' });
  expect(notes(effects)).toMatchObject([{ kind: 'failed', node: 'w0', log: ['line'] }]);
  expect(effects.some(({ kind }) => kind === 'start-work')).toBe(false);
});

test('a tick asks again for the work that is under way, and changes nothing', () => {
  const run = advanced(1);
  expect(transition(run, { kind: 'tick' }, T0)).toEqual({
    run,
    effects: [{ kind: 'start-work', work: current(run).key, attempt: 1 }],
  });
});

test('a tick on a final run asks for its end again', () => {
  expect(transition(advanced(4), { kind: 'tick' }, T0).effects).toEqual([{ kind: 'end' }]);
});

describe('steps', () => {
  const run = advanced(2);
  const work = current(run).key;

  test('move on and show the status', () => {
    const { run: next, effects } = transition(run, { kind: 'step', work, attempt: 1, step: 'drain' }, T0 + 9);
    expect(current(next).state).toMatchObject({ step: 'drain', stepSince: T0 + 9 });
    expect(effects).toEqual([{ kind: 'show-status' }]);
  });

  test('never go back when a job is taken up again', () => {
    const draining = following(run, { kind: 'step', work, attempt: 1, step: 'drain' });
    expect(transition(draining, { kind: 'step', work, attempt: 1, step: 'claim' }, T0)).toEqual({
      run: draining,
      effects: [],
    });
  });
});

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
    expect(notes(overdue.effects)).toEqual([{ kind: 'gates-closed', node: current(run).node, step: 'gates', closed }]);
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

/** The run whose worker w0 has come to this step. */
function atStep(step: Step): RunState {
  return following(advanced(2), { kind: 'step', ...W0, step });
}

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

test('nodes that come last wait for all others of their pass, in each hop for where Capstan is by then', () => {
  let run = following(fresh({ controlPlanes: 2, workers: 3, hops: 2 }), { kind: 'begin' });
  const order: string[] = [];
  // A pod on each; whoever is drained finds another node.
  const carrying = new Map([
    ['cp0', 'cp1'],
    ['w2', 'w0'],
  ]);
  let last = new Set(carrying.keys());
  for (let work = active(run); work; work = active(run)) {
    const { hop, phase, node } = work;
    order.push(`${hop}${phase === 'kubelet' ? '' : ' undrained'} ${node}`);
    const moved = phase === 'kubelet' && last.has(node) ? carrying.get(node) : undefined;
    if (moved !== undefined) last = new Set([...last].filter(name => name !== node).concat(moved));
    run = transition(run, doneEvent(work), T0 + 5, undefined, last).run;
  }
  expect(order).toEqual([
    ...['0 undrained cp0', '0 undrained cp1', '0 cp1', '0 cp0', '0 w0', '0 w1', '0 w2'],
    ...['1 undrained cp0', '1 undrained cp1', '1 cp0', '1 cp1', '1 w1', '1 w2', '1 w0'],
  ]);
  expect(run.status.kind).toBe('finished');
});
