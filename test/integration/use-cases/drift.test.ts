import { advanceRun } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { doNodeWork } from '../../../src/app/node-work.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import type { RunState } from '../../../src/run/run.ts';
import { cluster, controlPlane, worker } from '../../unit/plan/cluster-builder.ts';
import { activeState } from '../../unit/run/example.ts';
import { World } from './world.ts';

const signal = new AbortController().signal;
const SPOT = { labels: { pool: 'spot' } };
const NODES = [controlPlane('cp-1', '1.36.3'), worker('w-1', '1.36.3'), worker('w-2', '1.36.3', SPOT)];
let world: World;
let id: string;

beforeEach(async () => {
  world = await World.open();
  world.workerPolicy = { elasticPools: [{ matchLabels: { pool: 'spot' }, matchExpressions: [] }] };
  world.snapshot = cluster(NODES);
  await approve('p1');
});
afterEach(() => world.close());

async function approve(planId: string, asks: Partial<PlanRequest> = {}): Promise<void> {
  id = planId;
  const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined, ...asks } as const;
  await answerAsk(world.ask(planId, { kind: 'plan', request }), world.worker, signal);
  await world.approve(planId);
}

/** The approved plan begins in a cluster of these nodes. */
async function beginWith(nodes: readonly NodeView[]): Promise<RunState> {
  world.snapshot = cluster(nodes);
  await onDecided(id, world.worker, signal);
  await advanceRun(`r-${id}`, { kind: 'begin' }, world.worker, signal);
  const record = await world.store.runs.get(`r-${id}`);
  if (!record) throw new Error(`there is no run: ${JSON.stringify((await world.plan(id)).state)}`);
  return record.run;
}

const notes = () => world.queues.notices.flatMap(({ notice }) => (notice.kind === 'run-note' ? [notice.note] : []));
const worksOf = ({ works }: RunState) => works.map(({ key }) => key);

describe('between approval and beginning', () => {
  test('a node that has gone, or has reached the target, is left out, and the thread says so', async () => {
    const run = await beginWith([controlPlane('cp-1', '1.36.3'), worker('w-1', '1.37.2')]);
    expect(worksOf(run)).toEqual(['h0-0-cp-1', 'h0-1-cp-1']);
    expect(notes()[1]).toEqual({
      kind: 'drifted',
      joined: [],
      gone: ['w-2'],
      finished: ['w-1'],
      outside: [],
      unfit: [],
    });
  });

  test('a new node of an elastic pool joins, and the thread says so', async () => {
    const run = await beginWith([...NODES, worker('w-3', '1.36.3', SPOT)]);
    expect(worksOf(run)).toEqual(['h0-0-cp-1', 'h0-1-cp-1', 'h0-2-w-1', 'h0-2-w-2', 'h0-2-w-3']);
    expect(run.joined).toEqual([{ node: 'w-3', uid: 'uid-w-3' }]);
    expect(notes()[1]).toEqual({ kind: 'drifted', joined: ['w-3'], gone: [], finished: [], outside: [], unfit: [] });
  });

  test('a node that was approved by its name and has gone is left out like any other', async () => {
    await approve('p2', { nodes: ['cp-1', 'w-1', 'w-2'] });
    const run = await beginWith(NODES.slice(0, 2));
    expect(worksOf(run)).toEqual(['h0-0-cp-1', 'h0-1-cp-1', 'h0-2-w-1']);
    expect(run.gone).toEqual(['w-2']);
  });

  test('nothing is said where nothing has changed', async () => {
    await beginWith(NODES);
    expect(notes().map(({ kind }) => kind)).toEqual(['started', 'node-started']);
  });

  test('a node of an elastic pool that is not Ready is left out, and the thread says so', async () => {
    const run = await beginWith([...NODES.slice(0, 2), worker('w-2', '1.36.3', { ...SPOT, ready: 'Unknown' })]);
    expect(worksOf(run)).toEqual(['h0-0-cp-1', 'h0-1-cp-1', 'h0-2-w-1']);
    expect(notes()[1]).toMatchObject({ kind: 'drifted', gone: [], unfit: ['w-2'] });
  });

  test('any other node that is not Ready voids the approval', async () => {
    const down = worker('w-1', '1.36.3', { ready: 'False' });
    await expect(beginWith(NODES.map(node => (node.name === 'w-1' ? down : node)))).rejects.toThrow(
      'Node w-1 would now be left out: it is not Ready.',
    );
  });

  test('another new node voids the approval', async () => {
    await expect(beginWith([...NODES, worker('w-3', '1.36.3')])).rejects.toThrow('Node w-3 is new.');
  });

  test('a pool that the policy no longer calls elastic voids it too', async () => {
    world.workerPolicy = {};
    await expect(beginWith(NODES)).rejects.toThrow('The policy now calls other pools elastic.');
  });
});

describe('work on a node that no approval names', () => {
  /** The run stands at the worker that joined; whoever can write to Redis may have had a hand in it. */
  async function standAt(node: string, change: (run: RunState) => RunState = run => run): Promise<void> {
    await world.store.runs.update(`r-${id}`, record => {
      const works = record.run.works.map(work =>
        work.node === node
          ? {
              ...work,
              state: activeState(),
            }
          : work,
      );
      return { ...record, run: change({ ...record.run, works }) };
    });
    world.queues.events.length = 0;
    const key = (await world.store.runs.get(`r-${id}`))?.run.works.find(work => work.node === node)?.key ?? '';
    await doNodeWork({ runId: `r-${id}`, work: key, attempt: 1 }, world.worker, signal).catch(() => undefined);
  }
  const events = () => world.queues.events.map(({ event }) => event);

  test('is begun where the cluster shows it in an elastic pool', async () => {
    await beginWith([...NODES, worker('w-3', '1.36.3', SPOT)]);
    await standAt('w-3');
    expect(events()[0]).toMatchObject({ kind: 'step', step: 'claim' });
  });

  test('is begun where it has the name of a node whose place in the pool it has taken', async () => {
    await beginWith(
      [NODES[0], NODES[1], worker('w-2', '1.36.3', { ...SPOT, uid: 'uid-new' })].flatMap(node => node ?? []),
    );
    await standAt('w-2');
    expect(JSON.stringify(events())).not.toContain('replaced by another');
  });

  test('is refused where people asked about other nodes', async () => {
    await approve('p2', { nodes: ['cp-1', 'w-1'] });
    await beginWith(NODES);
    await standAt('w-1', run => ({
      ...run,
      joined: [{ node: 'w-2', uid: 'uid-w-2' }],
      works: run.works.map(work => (work.node === 'w-1' ? { ...work, node: 'w-2' } : work)),
    }));
    await standAt('w-2');
    expect(events()).toMatchObject([{ kind: 'failed', reason: expect.stringContaining('holds no work') }]);
  });

  test.each<[string, NodeView]>([
    ['in no elastic pool', worker('w-3', '1.36.3')],
    ['another node by now', worker('w-3', '1.36.3', { ...SPOT, uid: 'uid-other' })],
    ['part of the control plane', controlPlane('w-3', '1.36.3', SPOT)],
  ])('is refused where that node is %s', async (_what, node) => {
    await beginWith([...NODES, worker('w-3', '1.36.3', SPOT)]);
    world.snapshot = cluster([...NODES, node]);
    await standAt('w-3');
    expect(events()).toMatchObject([
      { kind: 'failed', step: 'claim', reason: expect.stringContaining('holds no work') },
    ]);
  });

  test('is refused where the record of the run was forged', async () => {
    await beginWith([...NODES, worker('w-3', '1.36.3', SPOT)]);
    world.snapshot = cluster([...NODES, worker('w-3', '1.36.3', SPOT), worker('w-9', '1.36.3')]);
    await standAt('w-3', run => ({
      ...run,
      joined: [{ node: 'w-9', uid: 'uid-w-9' }],
      works: run.works.map(work => (work.node === 'w-3' ? { ...work, node: 'w-9' } : work)),
    }));
    await standAt('w-9');
    expect(events()).toMatchObject([{ kind: 'failed', reason: expect.stringContaining('holds no work') }]);
  });

  test('is refused where the run names another version than was approved', async () => {
    await beginWith(NODES);
    await standAt('w-1', run => ({
      ...run,
      works: run.works.map(work => ({ ...work, target: { major: 1, minor: 38, patch: 0 } })),
    }));
    expect(events()).toMatchObject([{ kind: 'failed', reason: expect.stringContaining('to v1.38.0') }]);
  });
});

test('what a work took is remembered, and the next plan rests on it', async () => {
  let run = await beginWith([...NODES, worker('w-3', '1.36.3', SPOT)]);
  for (let left = run.works.length; left > 0; left -= 1) {
    const work = run.works.find(({ state }) => state.kind === 'active');
    if (!work) throw new Error('no work is active');
    await advanceRun('r-p1', { kind: 'step', work: work.key, attempt: 1, step: 'upgrade' }, world.worker, signal);
    world.now += 70_000;
    await advanceRun('r-p1', { kind: 'done', work: work.key, attempt: 1 }, world.worker, signal);
    await advanceRun('r-p1', { kind: 'tick' }, world.worker, signal);
    run = (await world.store.runs.get('r-p1'))?.run ?? run;
  }
  expect(await world.store.history('prod')).toHaveLength(5);
  const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
  await answerAsk(world.ask('p2', { kind: 'plan', request }), world.worker, signal);
  const { estimate } = (await world.plan('p2')).plan;
  expect(estimate.basis).toContain('70 s to drain, upgrade and uncordon a worker (from 3 nodes upgraded here)');
});
