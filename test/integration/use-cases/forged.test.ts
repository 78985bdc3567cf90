import { Redis } from 'ioredis';
import { advanceRun, obeyCommand } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { doNodeWork } from '../../../src/app/node-work.ts';
import type { PlanRecord, RunRecord } from '../../../src/app/ports.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { RunState, Work } from '../../../src/run/run.ts';
import { redisTargets } from '../../support/redis.ts';
import { cluster, controlPlane, worker } from '../../unit/plan/cluster-builder.ts';
import { activeState } from '../../unit/run/example.ts';
import { BOB, CAROL, HOUR, World } from './world.ts';

const signal = new AbortController().signal;
const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;

/** World's now is midnight UTC of a Tuesday: in an hour a window opens. */
const LONG = { planLifetimeSeconds: (12 * HOUR) / 1_000 };
const LATER = { windows: [{ days: [2], from: 60, to: 240 }], ...LONG };

/** Somebody may write whatever they like to Redis, and had kept what was in it before. They hold no key of the bot. */
describe.each(redisTargets())('who can write to $name', ({ start }) => {
  let world: World;
  let redis: Redis;

  beforeEach(async () => {
    world = await World.open(start);
    redis = new Redis(world.redisUrl);
  });
  afterEach(async () => {
    redis.disconnect();
    await world.close();
  });

  async function planned(id: string): Promise<void> {
    await answerAsk(world.ask(id, { kind: 'plan', request }), world.worker, signal);
  }

  async function decided(id: string, by = BOB, verdict: 'approve' | 'reject' = 'approve'): Promise<void> {
    const { plan } = await world.plan(id);
    await world.bot.decide({ planId: id, digest: plan.digest, by, verdict, reason: 'a mistake' });
    await onDecided(id, world.worker, signal);
  }

  async function begun(id: string): Promise<void> {
    await planned(id);
    await decided(id);
    await advanceRun(`r-${id}`, { kind: 'begin' }, world.worker, signal);
  }

  async function abort(id: string): Promise<void> {
    await world.bot.order({ target: { runId: `r-${id}` }, order: { kind: 'abort' }, by: BOB, channel: 'C1' });
    const order = world.queues.commands.at(-1);
    if (order) await obeyCommand(order, world.worker, signal);
    await advanceRun(`r-${id}`, { kind: 'done', work: 'h0-0-cp-1', attempt: 1 }, world.worker, signal);
  }

  async function finish(id: string): Promise<void> {
    for (const node of ['h0-0-cp-1', 'h0-1-cp-1', 'h0-2-w-1', 'h0-2-w-2'])
      await advanceRun(`r-${id}`, { kind: 'done', work: node, attempt: 1 }, world.worker, signal);
  }

  const planKey = (id: string) => `capstan:{${id}}:plan`;
  const runKey = (id: string) => `capstan:{${id}}:run`;

  async function stored<T>(key: string): Promise<T> {
    return JSON.parse((await redis.get(key)) ?? '');
  }

  const put = (key: string, record: unknown) => redis.set(key, JSON.stringify(record));

  async function kept(): Promise<ReadonlyMap<string, Buffer | null>> {
    const keys = await redis.keys('capstan:*');
    return new Map(await Promise.all(keys.map(async key => [key, await redis.getBuffer(key)] as const)));
  }

  async function putBack(records: ReadonlyMap<string, Buffer | null>): Promise<void> {
    for (const [key, value] of records) if (value) await redis.set(key, value);
  }

  /** What a worker makes of the run as it is stored: the reasons for which its works are not begun. */
  async function carriedOut(runId: string): Promise<string[]> {
    world.queues.events.length = 0;
    world.queues.nodeJobs.length = 0;
    await advanceRun(runId, { kind: 'begin' }, world.worker, signal);
    await advanceRun(runId, { kind: 'tick' }, world.worker, signal);
    // A worker that touched a node would throw, since there is none to touch.
    for (const job of world.queues.nodeJobs) await doNodeWork(job, world.worker, signal);
    return world.queues.events.flatMap(({ event }) => (event.kind === 'failed' ? [event.reason] : []));
  }

  test.each([
    ['aborted', abort],
    ['finished', finish],
  ])('cannot bring back a run that was %s', async (_how, over) => {
    await begun('p1');
    const records = await kept();
    await over('p1');
    expect(world.lease).toBeUndefined();
    await putBack(records);
    const reasons = await carriedOut('r-p1');
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toContain('run r-p1 is over, or was never begun');
    expect(world.lease).toBeUndefined();
  });

  test.each([
    ['aborted', abort],
    ['finished', finish],
  ])('cannot have the approvals of a run that was %s counted once more', async (_how, over) => {
    await planned('p1');
    await world.approve('p1');
    const records = await kept();
    await onDecided('p1', world.worker, signal);
    await advanceRun('r-p1', { kind: 'begin' }, world.worker, signal);
    await over('p1');
    await redis.flushall();
    await putBack(records);
    await onDecided('p1', world.worker, signal);
    const again = 'carried out, given up or refused before';
    expect((await world.plan('p1')).state).toMatchObject({ kind: 'stale', changes: [expect.stringContaining(again)] });
    expect(world.lease).toBeUndefined();
  });

  test('cannot take a rejection away', async () => {
    world.workerPolicy = LATER;
    await planned('p1');
    await decided('p1');
    const records = await kept();
    await decided('p1', CAROL, 'reject');
    expect((await world.plan('p1')).state).toMatchObject({ kind: 'rejected', by: CAROL });
    await putBack(records);
    world.workerPolicy = LONG;
    await onDecided('p1', world.worker, signal);
    expect((await world.plan('p1')).state).toMatchObject({ kind: 'stale' });
    expect(world.lease).toBeUndefined();
  });

  test('cannot have an approved plan carried out before its time by a record of a run', async () => {
    await begun('p1');
    const run = await stored<RunRecord>(runKey('r-p1'));
    await abort('p1');
    world.workerPolicy = LATER;
    await planned('p2');
    await decided('p2');
    const { plan } = await world.plan('p2');
    const mine = JSON.parse(JSON.stringify(run).replaceAll('r-p1', 'r-p2').replaceAll('"p1"', '"p2"'));
    await put(runKey('r-p2'), { ...mine, run: { ...mine.run, digest: plan.digest } });
    await onDecided('p2', world.worker, signal);
    expect((await world.plan('p2')).state).toMatchObject({ kind: 'waiting' });
    await put(planKey('p2'), { ...(await world.plan('p2')), state: { kind: 'running', runId: 'r-p2' } });
    world.workerPolicy = LONG;
    expect(await carriedOut('r-p2')).toEqual([expect.stringContaining('run r-p2 is over, or was never begun')]);
  });

  test('cannot have a plan carried out that no longer fits the cluster', async () => {
    await planned('p3');
    world.snapshot = { ...world.snapshot, unreadable: [{ what: 'pods', why: 'forbidden' }] };
    await decided('p3');
    expect((await world.plan('p3')).state).toMatchObject({ kind: 'stale' });
    await put(planKey('p3'), { ...(await world.plan('p3')), state: { kind: 'open' } });
    world.snapshot = { ...world.snapshot, unreadable: [] };
    await onDecided('p3', world.worker, signal);
    expect((await world.plan('p3')).state).toMatchObject({ kind: 'stale', changes: [expect.stringContaining('once')] });
  });

  test('cannot plant the record of a run that is about to begin', async () => {
    await planned('p1');
    const { plan } = await world.plan('p1');
    const work = { stage: 'workers', phase: 'kubelet', kubelet: plan.from, target: plan.to } as const;
    const planted: Partial<RunState> = {
      works: [
        {
          ...work,
          key: 'mine',
          group: 0,
          hop: 0,
          node: 'w-1',
          kubeadm: undefined,
          state: { kind: 'queued', attempt: 1 },
        },
      ],
    };
    await put(runKey('r-p1'), {
      run: {
        id: 'r-p1',
        planId: 'p1',
        cluster: 'prod',
        digest: plan.digest,
        seq: 0,
        startedAt: 0,
        status: { kind: 'running' },
        joined: [],
        gone: [],
        finished: [],
        outside: [],
        unfit: [],
        ...planted,
      },
      pending: [],
      conversation: { channel: 'C1', user: BOB },
      commands: [],
    });
    await decided('p1');
    expect(world.lease).toBe('r-p1');
    const { run } = await stored<RunRecord>(runKey('r-p1'));
    expect(run.works.map(({ key }) => key)).toEqual(['h0-0-cp-1', 'h0-1-cp-1', 'h0-2-w-1', 'h0-2-w-2']);
  });

  /** The run stands at this work, and at no other, by a record that nobody who may has written. */
  async function standAt(runId: string, node: string, at: Pick<Work, 'hop' | 'phase'>): Promise<void> {
    const record = await stored<RunRecord>(runKey(runId));
    const works = record.run.works.map(work => {
      const isIt = work.node === node && work.hop === at.hop && work.phase === at.phase;
      return { ...work, group: isIt ? 0 : 1, state: isIt ? activeState() : ({ kind: 'queued', attempt: 1 } as const) };
    });
    await put(runKey(runId), { ...record, run: { ...record.run, works } });
  }

  test.each<[string, string, Pick<Work, 'hop' | 'phase'>, string]>([
    ['a worker', 'w-1', { hop: 0, phase: 'kubelet' }, 'the control plane comes before kubelets'],
    ['the kubelet of a control plane', 'cp-1', { hop: 0, phase: 'kubelet' }, 'the control plane comes before kubelets'],
    ['a control plane of a later hop', 'cp-1', { hop: 1, phase: 'control-plane' }, 'cannot go to v1.37.2 at once'],
    ['a worker of a later hop', 'w-1', { hop: 1, phase: 'kubelet' }, 'the control plane comes before kubelets'],
  ])('cannot have %s upgraded before its turn', async (_which, node, at, sentence) => {
    world.snapshot = cluster([controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4')]);
    const question = { kind: 'plan', request: { ...request, target: { kind: 'latest' } } } as const;
    await answerAsk(world.ask('p1', question), world.worker, signal);
    await decided('p1');
    await advanceRun('r-p1', { kind: 'begin' }, world.worker, signal);
    await standAt('r-p1', node, at);
    const reasons = await carriedOut('r-p1');
    expect(reasons).toEqual([expect.stringContaining(sentence)]);
    expect(reasons).toEqual([expect.stringContaining('nothing was touched')]);
  });

  test('cannot make a second run of one approval', async () => {
    await begun('p1');
    const other = JSON.parse(JSON.stringify(await stored(runKey('r-p1'))).replaceAll('r-p1', 'r-other'));
    await put(runKey('r-other'), other);
    await put(planKey('p1'), { ...(await world.plan('p1')), state: { kind: 'running', runId: 'r-other' } });
    world.lease = 'r-other';
    expect(await carriedOut('r-other')).toEqual(['This run is not the one of the plan that was approved.']);
  });

  test('can only stop a run by bringing its beginning back: what is done stays done', async () => {
    await begun('p1');
    const records = await kept();
    await advanceRun('r-p1', { kind: 'done', work: 'h0-0-cp-1', attempt: 1 }, world.worker, signal);
    await putBack(records);
    expect(await stored<PlanRecord>(planKey('p1'))).toMatchObject({ state: { kind: 'running' } });
    expect(world.lease).toBe('r-p1');
  });
});

test('a run goes on where its worker died before its end had reached the cluster', async () => {
  const world = await World.open();
  try {
    await answerAsk(world.ask('p1', { kind: 'plan', request }), world.worker, signal);
    await world.approve('p1');
    await onDecided('p1', world.worker, signal);
    await advanceRun('r-p1', { kind: 'begin' }, world.worker, signal);
    for (const node of ['h0-0-cp-1', 'h0-1-cp-1', 'h0-2-w-1'])
      await advanceRun('r-p1', { kind: 'done', work: node, attempt: 1 }, world.worker, signal);
    world.trouble = new Error('this worker dies');
    const last = { kind: 'done', work: 'h0-2-w-2', attempt: 1 } as const;
    await expect(advanceRun('r-p1', last, world.worker, signal)).rejects.toThrow('dies');
    expect(world.lease).toBe('r-p1');
    world.trouble = undefined;
    await advanceRun('r-p1', { kind: 'tick' }, world.worker, signal);
    await advanceRun('r-p1', { kind: 'tick' }, world.worker, signal);
    expect([world.lease, [...world.over]]).toEqual([undefined, ['r-p1']]);
  } finally {
    await world.close();
  }
});
