import { NO_DRIFT } from '../../../src/plan/drift.ts';
import type { Plan, PlannedNode } from '../../../src/plan/plan.ts';
import { newRun } from '../../../src/run/new-run.ts';
import { transition } from '../../../src/run/transition.ts';
import { examplePlan } from './example.ts';

const PLAN = examplePlan({ controlPlanes: 2, workers: 2, hops: 2 });

/** The same plan as it would be made later: its passes without some nodes, or with others. */
function later(change: (nodes: readonly PlannedNode[]) => readonly PlannedNode[], plan = PLAN): Plan {
  const hops = plan.hops.map(hop => ({
    ...hop,
    stages: hop.stages.map(stage => ({
      ...stage,
      passes: stage.passes
        .map(pass => ({ ...pass, nodes: change(pass.nodes) }))
        .filter(({ nodes }) => nodes.length > 0),
    })),
  }));
  return { ...plan, hops };
}

const keys = (today: Plan) => newRun(PLAN, { id: 'r1', now: 0, today }).works.map(({ key }) => key);

test('what is done already is not done again, and what is left keeps its name', () => {
  const all = newRun(PLAN, { id: 'r1', now: 0 }).works.map(({ key }) => key);
  expect(keys(later(nodes => nodes.filter(({ name }) => name !== 'w0')))).toEqual(
    all.filter(key => !key.endsWith('w0')),
  );
  // The whole first hop is behind the cluster.
  expect(keys({ ...PLAN, hops: PLAN.hops.slice(1) })).toEqual(all.filter(key => key.startsWith('h1')));
});

test('order and command are those of today: whoever was to apply may have gone', () => {
  const [first, ...others] = newRun(PLAN, {
    id: 'r1',
    now: 0,
    today: later(nodes =>
      nodes.filter(({ name }) => name !== 'cp0').map(node => (node.kubeadm ? { ...node, kubeadm: 'apply' } : node)),
    ),
  }).works;
  expect(first).toMatchObject({ node: 'cp1', kubeadm: 'apply', group: 0 });
  expect(others.every(({ node }) => node !== 'cp0')).toBe(true);
});

test('a node that joined is taken along in its passes', () => {
  const today = later(nodes => nodes.flatMap(node => (node.name === 'w1' ? [node, { ...node, name: 'w9' }] : [node])));
  expect(keys(today).filter(key => key.endsWith('w9'))).toEqual(['h0-2-w9', 'h1-5-w9']);
});

test('the thread hears at the beginning what is not as it was approved, once', () => {
  const drift = { ...NO_DRIFT, joined: [{ node: 'w9', uid: 'u' }], gone: ['w0'] };
  const run = newRun(PLAN, { id: 'r1', now: 0, drift });
  const notes = transition(run, { kind: 'begin' }, 0).effects.filter(({ kind }) => kind === 'note');
  expect(notes.slice(0, 2)).toEqual([
    { kind: 'note', id: 'r1-started', note: { kind: 'started' } },
    {
      kind: 'note',
      id: 'r1-drifted',
      note: { kind: 'drifted', joined: ['w9'], gone: ['w0'], finished: [], outside: [], unfit: [] },
    },
  ]);
});
