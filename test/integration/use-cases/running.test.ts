import { advanceRun, takeIn } from '../../../src/app/advance-run.ts';
import { ClusterRefused, ClusterUnreachable } from '../../../src/app/ports.ts';
import { resumeTick } from '../../../src/app/remembered.ts';
import { pod } from '../../unit/plan/cluster-builder.ts';
import { active, advance, begin, change, end, notes, order, run, runId, signal, world } from './begun-run.ts';

beforeEach(begin);
afterEach(end);

describe('a run', () => {
  test('starts its first work, and says so', async () => {
    expect(world.queues.nodeJobs).toEqual([{ runId, work: 'h0-0-cp-1', attempt: 1 }]);
    expect(notes()).toEqual(['started', 'node-started']);
    expect((await world.store.runs.get(runId))?.pending).toEqual([]);
  });

  test('leaves a node for last to which Capstan has moved since it was planned, and says where it cannot look', async () => {
    const labels = { 'app.kubernetes.io/part-of': 'capstan' };
    world.snapshot = { ...world.snapshot, pods: [...world.snapshot.pods, pod('capstan-worker', 'w-1', { labels })] };
    for (let left = 2; left > 0; left -= 1) await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    expect((await active()).node).toBe('w-2');
    world.trouble = new ClusterUnreachable('nobody answers');
    await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    expect(world.reports).toEqual([expect.stringContaining('goes on in the order of its plan')]);
    expect((await run()).hold?.why).toContain('while it cannot be seen how the others are. nobody answers');
    world.trouble = undefined;
    await advance({ kind: 'tick' });
    expect((await active()).node).toBe('w-1');
  });

  test('waits with the next node for whatever became unavailable since it was planned, and names it', async () => {
    for (let left = 3; left > 0; left -= 1) {
      expect((await run()).hold).toBeUndefined();
      await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
      if (left === 2) change('w-1', { ready: 'Unknown' });
    }
    // It was upgraded as w-1 itself, and then fell silent: w-2 is not begun with.
    expect((await run()).hold?.why).toContain('No further node is taken while w-1 has stopped reporting');
    await advance({ kind: 'tick' });
    const late = { work: 'h0-2-w-1', attempt: 1 };
    await advance({ kind: 'done', ...late });
    await takeIn(runId, { kind: 'step', ...late, step: 'upgrade' }, world.worker);
    expect((await run()).hold?.why).toContain('while w-1 has stopped reporting');
    expect(notes().filter(kind => kind === 'held' || kind === 'released')).toEqual(['held']);
    expect(world.queues.nodeJobs.map(({ work }) => work)).not.toContain('h0-2-w-2');
    change('w-1', { ready: 'True' });
    await advance({ kind: 'tick' });
    expect((await active()).node).toBe('w-2');
    expect(notes().filter(kind => kind === 'held' || kind === 'released')).toEqual(['held', 'released']);
  });

  test('does not wait for what a wider limit of the policy leaves room for', async () => {
    world.workerPolicy = { limits: { maxUnavailable: 2 } };
    for (let left = 3; left > 0; left -= 1) {
      await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
      if (left === 2) change('w-1', { unschedulable: true });
    }
    expect((await active()).node).toBe('w-2');
  });

  test('has a node that failed before it was claimed wait like any other, also where somebody retries it', async () => {
    for (let left = 2; left > 0; left -= 1) await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    await advance({ kind: 'failed', work: (await active()).key, attempt: 1, step: 'claim', reason: 'no', log: [] });
    change('w-2', { ready: 'False' });
    await order('retry');
    expect((await run()).hold?.why).toContain('while w-2 is not Ready');
    expect((await run()).works.map(({ state }) => state.kind)).toEqual(['done', 'done', 'queued', 'queued']);
  });

  test('asks the gates of a node once more, whatever became unavailable: nothing is begun with by that', async () => {
    for (let left = 2; left > 0; left -= 1) await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    const work = (await active()).key;
    await advance({ kind: 'failed', work, attempt: 1, step: 'gates', reason: 'web is not back', log: [] });
    change('w-2', { ready: 'False' });
    await order('retry');
    expect((await active()).state).toMatchObject({ attempt: 2, step: 'gates' });
    expect((await run()).hold).toBeUndefined();
  });

  test('works through every node, shows the nodes after each stage, and gives the lease back', async () => {
    for (let left = 4; left > 0; left -= 1) await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    expect((await run()).status.kind).toBe('finished');
    expect(world.queues.notices.filter(({ notice }) => notice.kind === 'run-nodes')).toHaveLength(2);
    expect(world.lease).toBeUndefined();
    expect(world.queues.ticking).toBeUndefined();
    expect((await world.plan('p1')).state).toEqual({ kind: 'over', runId });
  });

  test('keeps what it could not tell, and tells it with the next event', async () => {
    await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    world.trouble = new ClusterUnreachable('no answer');
    const done = { kind: 'done', work: (await active()).key, attempt: 1 } as const;
    await expect(advance(done)).rejects.toThrow('no answer');
    expect((await world.store.runs.get(runId))?.pending.map(({ kind }) => kind)).toContain('show-nodes');
    world.trouble = undefined;
    await advance(done);
    expect((await world.store.runs.get(runId))?.pending).toEqual([]);
    expect(notes().filter(kind => kind === 'node-done')).toHaveLength(2);
  });

  test('says what the cluster refuses, goes on with everything else, and tries again with every tick', async () => {
    await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    world.trouble = new ClusterRefused('The API server refuses to list nodes.');
    await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    await advance({ kind: 'tick' });
    const told = world.queues.notices.filter(
      ({ notice }) => notice.kind === 'run-note' && notice.note.kind === 'cluster-refused',
    );
    expect(told[0]?.notice).toMatchObject({ note: { why: 'The API server refuses to list nodes.' } });
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
    expect(world.reports).toContainEqual(expect.stringContaining('run r-p1 could not show the nodes'));
    expect((await run()).hold?.why).toContain('The API server refuses to list nodes.');
    expect(world.queues.notices.filter(({ notice }) => notice.kind === 'run-nodes')).toEqual([]);
    world.trouble = undefined;
    await advance({ kind: 'tick' });
    expect((await active()).node).toBe('w-1');
    expect(world.queues.notices.filter(({ notice }) => notice.kind === 'run-nodes')).toHaveLength(1);
    expect((await world.store.runs.get(runId))?.pending).toEqual([]);
  });

  test('keeps its tick until the lease can be given back', async () => {
    for (let left = 3; left > 0; left -= 1) await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    world.trouble = new ClusterRefused('The API server refuses to patch leases.');
    await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    expect([(await run()).status.kind, world.lease, world.queues.ticking]).toEqual(['finished', runId, runId]);
    world.trouble = undefined;
    await advance({ kind: 'tick' });
    expect([world.lease, world.queues.ticking]).toEqual([undefined, undefined]);
  });

  test('asks again for work under way at a tick', async () => {
    await advance({ kind: 'tick' });
    expect(world.queues.nodeJobs).toHaveLength(2);
    expect(new Set(world.queues.nodeJobs.map(({ work, attempt }) => `${work} ${attempt}`)).size).toBe(1);
  });

  test('gets its tick back when Redis has forgotten it; a forgotten run loses its tick', async () => {
    world.queues.ticking = undefined;
    await resumeTick(world.worker);
    expect(world.queues.ticking).toBe(runId);
    await advanceRun('r-forgotten', { kind: 'tick' }, world.worker, signal);
    expect(world.queues.stopped).toEqual(['r-forgotten']);
    expect(world.queues.ticking).toBe(runId);
  });
});
