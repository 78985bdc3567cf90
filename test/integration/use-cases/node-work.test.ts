import { Redis } from 'ioredis';
import { doNodeWork } from '../../../src/app/node-work.ts';
import { createCluster } from '../../unit/app/memory-cluster.ts';
import { pod, staticPods, worker } from '../../unit/plan/cluster-builder.ts';
import { active, advance, begin, end, runId, signal, until, world } from './begun-run.ts';

beforeEach(begin);
afterEach(end);

describe('node work', () => {
  const job = { runId: 'r-p1', work: 'h0-0-cp-1', attempt: 1 };
  const failures = () => world.queues.events.flatMap(({ event }) => (event.kind === 'failed' ? [event.reason] : []));

  test('of another attempt, or of a work that is not under way, is left alone', async () => {
    await doNodeWork({ ...job, attempt: 2 }, world.worker, signal);
    await doNodeWork({ ...job, work: 'h0-2-w-1' }, world.worker, signal);
    expect(failures()).toEqual([]);
  });

  test.each([
    ['the approvals are gone', 'not been approved'],
    ['the plan was changed', 'changed after its digest'],
    ['the plan is gone', 'not stored any more'],
    ['the plan is not the one being run', 'not the one of the plan'],
  ])('does not begin where %s', async (what, sentence) => {
    await world.store.plans.update('p1', record => {
      if (what === 'the approvals are gone') return { ...record, decisions: [] };
      if (what === 'the plan is not the one being run') return { ...record, state: { kind: 'over', runId } };
      const hops = record.plan.hops.map(hop => ({ ...hop, to: { ...hop.to, patch: 1 } }));
      return { ...record, plan: { ...record.plan, hops } };
    });
    if (what === 'the plan is gone')
      await world.store.runs.update(runId, r => ({ ...r, run: { ...r.run, planId: 'p0' } }));
    await doNodeWork(job, world.worker, signal);
    expect(failures()).toEqual([expect.stringContaining(sentence)]);
  });

  /** The run has come to this node, and the cluster with it. */
  async function reach(node: string): Promise<void> {
    while ((await active()).node !== node) await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
    if (node !== 'cp-1') world.snapshot = { ...world.snapshot, components: staticPods('cp-1', '1.37.2') };
  }

  test.each([
    ['its own node, where it would drain itself', 'w-1', 'w-1', true],
    ['another node', 'w-1', 'w-2', false],
    ['a node that is not told apart', 'w-1', undefined, false],
    ['its own node, where nobody is drained yet', 'cp-1', 'cp-1', false],
  ])('of %s', async (_, node, own, passedOn) => {
    await reach(node);
    const { key: work } = await active();
    const { length } = world.queues.events;
    const offered: string[] = [];
    const passOn = async () => offered.push(work) > 0;
    const done = doNodeWork({ ...job, work }, { ...world.worker, self: { pod: 'uid', node: own } }, signal, passOn);
    if (passedOn) await done;
    else await expect(done).rejects.toThrow('touches no node');
    expect(offered).toEqual(passedOn ? [work] : []);
    expect(world.queues.events.slice(length).map(({ event }) => event.kind)).toEqual(passedOn ? [] : ['step']);
  });

  test('of the own node is done all the same where nobody takes it', async () => {
    await reach('w-1');
    const { key: work } = await active();
    const self = { pod: 'uid', node: 'w-1' };
    const done = doNodeWork({ ...job, work }, { ...world.worker, self }, signal, async () => false);
    await expect(done).rejects.toThrow('touches no node');
  });

  test('halts with what to do where the plan cannot be read, and names the record where the run cannot', async () => {
    const redis = new Redis(world.redisUrl);
    try {
      await redis.set('capstan:{p1}:plan', '{"plan":7}');
      await doNodeWork(job, world.worker, signal);
      expect(failures()).toEqual([expect.stringMatching(/record of plan p1 in Redis cannot be read.*Make a new plan/)]);
      await redis.set('capstan:{r-p1}:run', '{"run":7}');
      await expect(doNodeWork(job, world.worker, signal)).rejects.toThrow(
        /record of run r-p1 .*Make a new plan; "capstan/,
      );
    } finally {
      redis.disconnect();
    }
  });

  test('tells the run of every change in what keeps a drain, of those of one millisecond too', async () => {
    await reach('w-1');
    const nodes = [worker('w-1', '1.36.3'), worker('w-2', '1.36.3')];
    const controlPlanes = { 'cp-1': 'v1.37.2' };
    const patient = createCluster({ nodes, pods: [pod('web-0', 'w-1')], budgets: { web: 1 }, controlPlanes });
    patient.giveLeaseTo(runId);
    world.workerPolicy = { drain: { blockedAfterSeconds: 0 } };
    const told = () => world.queues.events.filter(({ event }) => event.kind === 'blocked');
    const life = new AbortController();
    const done = doNodeWork({ ...job, work: (await active()).key }, { ...world.worker, patient }, life.signal);
    await until(() => told().length === 1);
    patient.putPod(pod('api-0', 'w-1', { labels: { app: 'web' } }));
    patient.putPod({ ...pod('web-0', 'w-1'), deletingSince: world.now });
    await until(() => told().length >= 2);
    life.abort(new Error('killed'));
    await expect(done).rejects.toThrow('killed');
    expect(new Set(told().map(({ id }) => id)).size).toBe(told().length);
  });

  test('goes on after the plan has expired, because it was approved in time', async () => {
    world.now += 10 * 3_600_000;
    await doNodeWork(job, world.worker, signal);
    expect(world.queues.events.at(1)?.event).toMatchObject({ kind: 'step', step: 'claim' });
    expect(failures()).toEqual([expect.stringContaining('touches no node')]);
  });
});
