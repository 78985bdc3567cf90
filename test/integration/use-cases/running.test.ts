import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { advanceRun, obeyCommand, takeIn } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { doNodeWork } from '../../../src/app/node-work.ts';
import { ClusterRefused, ClusterUnreachable } from '../../../src/app/ports.ts';
import { resumeTick } from '../../../src/app/remembered.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { Order } from '../../../src/approval/order.ts';
import { newKeyPair, sign } from '../../../src/approval/signing.ts';
import type { NodeClaim, NodeView } from '../../../src/cluster/snapshot.ts';
import type { RunEvent, RunState, Work } from '../../../src/run/run.ts';
import { createCluster } from '../../unit/app/memory-cluster.ts';
import { pod, staticPods, worker } from '../../unit/plan/cluster-builder.ts';
import { exampleBlocker } from '../../unit/run/example.ts';
import { ALICE, BOB, World } from './world.ts';

const signal = new AbortController().signal;
let world: World;
let runId: string;

async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await delay(5);
}

/** An approved run of one control-plane node and two workers that has just begun. */
beforeEach(async () => {
  world = await World.open();
  const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
  await answerAsk(world.ask('p1', { kind: 'plan', request }), world.worker, signal);
  await world.approve('p1');
  await onDecided('p1', world.worker, signal);
  runId = 'r-p1';
  await advance({ kind: 'begin' });
});
afterEach(() => world.close());

const advance = (event: RunEvent) => advanceRun(runId, event, world.worker, signal);

async function run(): Promise<RunState> {
  const record = await world.store.runs.get(runId);
  if (!record) throw new Error('there is no run');
  return record.run;
}

async function active(): Promise<Work> {
  const work = (await run()).works.find(({ state }) => state.kind === 'active');
  if (!work) throw new Error('no work is active');
  return work;
}

function change(name: string, to: Partial<NodeView>): void {
  const nodes = world.snapshot.nodes.map(node => (node.name === name ? { ...node, ...to } : node));
  world.snapshot = { ...world.snapshot, nodes };
}

const fail = async () =>
  advance({
    kind: 'failed',
    work: (await active()).key,
    attempt: 1,
    step: 'upgrade',
    reason: 'kubeadm ended',
    log: [],
  });

async function order(kind: 'pause' | 'abort' | 'skip' | 'retry', by = BOB) {
  const wanted: Order = kind === 'skip' ? { kind, at: undefined } : { kind };
  const ordered = await world.bot.order({ target: { runId }, order: wanted, by, channel: 'C1' });
  const last = world.queues.commands.at(-1);
  if (ordered.kind === 'sent' && last) await obeyCommand(last, world.worker, signal);
  return ordered;
}

const notes = () =>
  world.queues.notices.flatMap(({ notice }) => (notice.kind === 'run-note' ? [notice.note.kind] : []));

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

describe('an order', () => {
  test('is obeyed once, however often it is delivered, and by approvers only', async () => {
    expect(await order('pause', ALICE)).toMatchObject({ kind: 'refused' });
    await order('pause');
    expect((await run()).status).toMatchObject({ kind: 'paused', by: BOB });
    const resume = sign({ ...signedOrder('resume'), id: 'resume' }, world.keys.privateKey);
    await obeyCommand(resume, world.worker, signal);
    const [pause] = world.queues.commands;
    if (pause) await obeyCommand(pause, world.worker, signal);
    expect((await run()).status.kind).toBe('running');
  });

  test('is said for auditors where the worker has verified it, and so is who let the run begin', async () => {
    await order('pause');
    await obeyCommand(sign(signedOrder('abort'), newKeyPair().privateKey), world.worker, signal);
    expect(world.deeds).toMatchObject([
      { kind: 'run-begun', run: 'r-p1', askedBy: ALICE, approvedBy: [BOB], to: 'v1.37.2' },
      { kind: 'order-given', run: 'r-p1', by: BOB, order: { kind: 'pause' } },
    ]);
  });

  test.each([
    ['that another key signed', { key: 'other' }],
    ['for another cluster', { cluster: 'staging' }],
    ['that rests on no entry of the policy', { via: 'SOTHERS' }],
  ])('%s changes nothing and is reported', async (_name, change: { key?: string; cluster?: string; via?: string }) => {
    const { key, ...more } = change;
    const privateKey = key ? newKeyPair().privateKey : world.keys.privateKey;
    await obeyCommand(sign({ ...signedOrder('abort'), ...more }, privateKey), world.worker, signal);
    expect((await run()).status.kind).toBe('running');
    expect(world.reports).toEqual([expect.stringContaining('abort run r-p1')]);
  });

  describe('to skip or to abort', () => {
    let node: string;
    let work: string;

    /** The first worker is at work, and claimed. */
    beforeEach(async () => {
      for (let left = 2; left > 0; left -= 1) await advance({ kind: 'done', work: (await active()).key, attempt: 1 });
      ({ node, key: work } = await active());
      claim({});
    });

    function claim(given: Partial<NodeClaim>): void {
      const own = {
        run: runId,
        work,
        attempt: 1,
        wasUnschedulable: false,
        cordons: 1,
        excluded: false,
        outOfService: false,
        ...given,
      };
      const nodes = world.snapshot.nodes.map(each => (each.name === node ? { ...each, claim: own } : each));
      world.snapshot = { ...world.snapshot, nodes };
    }

    /** As the queue would, each once. */
    async function deliver(): Promise<void> {
      for (const { event } of world.queues.events.splice(0)) await advance(event);
    }

    test('gives the failed node back', async () => {
      await fail();
      expect((await run()).status.kind).toBe('halted');
      await order('skip');
      expect(world.released).toEqual([node]);
      expect((await active()).node).not.toBe(node);
      await deliver();
      await fail();
      await order('abort');
      await deliver();
      expect((await run()).status.kind).toBe('aborted');
      expect(world.lease).toBeUndefined();
    });

    test.each([
      ['a later attempt', { attempt: 2 }],
      ['another work', { work: 'h1-5-w-1' }],
      ['another run', { run: 'r-p2' }],
    ])('leaves a node alone that %s has claimed by then', async (_whose, given) => {
      await fail();
      claim(given);
      await order('abort');
      await deliver();
      expect(world.released).toEqual([]);
      expect((await run()).status.kind).toBe('aborted');
    });

    test('waits for a host that is at work, through every tick, and keeps the cluster until then', async () => {
      world.atWork.set(node, 'Job capstan-x is not over');
      await fail();
      await order('abort');
      for (let ticks = 0; ticks < 3; ticks += 1) {
        await deliver();
        await advance({ kind: 'tick' });
      }
      expect(world.released).toEqual([]);
      expect((await run()).status.kind).toBe('aborting');
      expect([world.lease, world.queues.ticking]).toEqual([runId, runId]);
      expect(notes().filter(kind => kind === 'give-back-waits')).toHaveLength(1);

      world.atWork.clear();
      await advance({ kind: 'tick' });
      await deliver();
      expect(world.released).toEqual([node]);
      expect((await run()).status.kind).toBe('aborted');
      expect([world.lease, world.queues.ticking]).toEqual([undefined, undefined]);
      expect(notes().slice(-2)).toEqual(['node-given-back', 'aborted']);
    });

    test('waits for none whose node is gone', async () => {
      world.atWork.set(node, 'Job capstan-x is not over');
      await fail();
      const nodes = world.snapshot.nodes.filter(({ name }) => name !== node);
      world.snapshot = { ...world.snapshot, nodes };
      await order('abort');
      await deliver();
      expect((await run()).status.kind).toBe('aborted');
    });
  });

  describe('to force a pod', () => {
    const at = { work: 'h0-0-cp-1', attempt: 1 };
    const wish = { at, by: BOB, channel: 'C1', uid: 'uid-web-1' };

    beforeEach(() => advance({ kind: 'blocked', ...at, blockers: [exampleBlocker()] }));

    test('is signed for that pod, work and attempt where its name was typed, and obeyed', async () => {
      for (const typed of ['web-1', ' shop/web-1 ']) {
        expect(await world.bot.force({ runId, ...wish, typed })).toEqual({ kind: 'sent', runId });
      }
      const [command] = world.queues.commands;
      if (!command) throw new Error('nothing was ordered');
      const pod = { namespace: 'shop', name: 'web-1', uid: 'uid-web-1' };
      expect(command.value).toMatchObject({ runId, by: BOB, order: { kind: 'force', at, pod } });
      await obeyCommand(command, world.worker, signal);
      expect((await active()).state).toMatchObject({ forced: [{ uid: 'uid-web-1', by: BOB }] });
    });

    test.each([
      [
        'another name was typed',
        { typed: 'web-2' },
        'You typed "web-2", and chose pod shop/web-1. Nothing was deleted.',
      ],
      ['it blocks nothing', { typed: 'web-1', uid: 'gone' }, 'That pod does not block the drain any more.'],
      ['the attempt is another', { typed: 'web-1', at: { ...at, attempt: 2 } }, 'Nothing blocks that drain any more'],
      ['somebody may not steer', { typed: 'web-1', by: ALICE }, 'You are not among the people who may steer'],
    ])('is refused where %s', async (_why, change, sentence) => {
      expect(await world.bot.force({ runId, ...wish, ...change })).toEqual({
        kind: 'refused',
        sentence: expect.stringContaining(sentence),
      });
      expect(world.queues.commands).toEqual([]);
    });

    test('shows whom it could be, to operators only', async () => {
      expect(await world.bot.blockers({ runId, ...wish })).toMatchObject({ kind: 'blocked', node: 'cp-1' });
      expect(await world.bot.blockers({ runId, ...wish, by: ALICE })).toMatchObject({ kind: 'refused' });
    });
  });

  function signedOrder(kind: 'abort' | 'resume') {
    const order: Order = { kind };
    return { id: 'o1', runId, cluster: 'prod', by: BOB, via: 'SAPPROVERS', channel: 'C1', order, at: world.now };
  }
});

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
