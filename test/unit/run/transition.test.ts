import { transition } from '../../../src/run/transition.ts';
import { active, commandEvent, doneEvent, failedEvent } from './example.ts';
import { advanced, current, following, fresh, notes, T0 } from './histories.ts';

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
