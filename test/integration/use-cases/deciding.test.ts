import { answerAsk } from '../../../src/app/answer.ts';
import { ClusterRefused, ClusterUnreachable } from '../../../src/app/ports.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { Decision, Signed } from '../../../src/approval/decision.ts';
import { newKeyPair, sign } from '../../../src/approval/signing.ts';
import { cluster, controlPlane, worker } from '../../unit/plan/cluster-builder.ts';
import { ALICE, BOB, CAROL, HOUR, REPLY_TO, World } from './world.ts';

const signal = new AbortController().signal;
let world: World;

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

/** Alice asks for the next minor; returns the plan's id. */
async function planned(): Promise<string> {
  const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
  await world.bot.ask({ kind: 'plan', request }, { cluster: undefined, replyTo: REPLY_TO });
  const ask = world.queues.asks.at(-1);
  if (!ask) throw new Error('nothing was asked');
  await answerAsk(ask, world.worker, signal);
  return ask.id;
}

async function decide(planId: string, by: string, verdict: 'approve' | 'reject' = 'approve', reason?: string) {
  const { plan } = await world.plan(planId);
  return await world.bot.decide({ planId, digest: plan.digest, by, verdict, reason });
}

const stateOf = async (planId: string) => (await world.plan(planId)).state;

describe('asking', () => {
  test('a question goes to the default cluster, and the plan is announced where it was asked', async () => {
    const id = await planned();
    expect(world.queues.asks[0]?.cluster).toBe('prod');
    expect(await world.plan(id)).toMatchObject({
      conversation: { channel: 'C1', user: ALICE },
      state: { kind: 'open' },
    });
    expect(world.queues.notices.map(({ notice }) => notice)).toEqual([{ kind: 'plan', planId: id }]);
  });

  test.each([
    ['a cluster that is not served here', 'prdo', 'Known: prod, staging.'],
    ['a person whom Slack does not know', 'prod', 'Slack does not know you.'],
  ])('%s is refused in words', async (_name, cluster, sentence) => {
    const replyTo = sentence.startsWith('Slack') ? { ...REPLY_TO, user: 'UNOBODY' } : REPLY_TO;
    const asked = await world.bot.ask({ kind: 'status' }, { cluster, replyTo });
    expect(asked).toMatchObject({ kind: 'refused', sentence: expect.stringContaining(sentence) });
    expect(world.queues.asks).toEqual([]);
  });

  test('where no worker listens, the person is told at once', async () => {
    world.queues.workers = 0;
    const asked = await world.bot.ask({ kind: 'nodes' }, { cluster: undefined, replyTo: REPLY_TO });
    expect(asked).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('No worker of cluster prod') });
  });

  test('a cluster that cannot be reached is an answer, not a failure', async () => {
    world.trouble = new ClusterUnreachable('https://10.0.0.1:6443 did not answer');
    await answerAsk(world.ask('q', { kind: 'nodes' }), world.worker, signal);
    expect(world.queues.notices[0]?.notice).toMatchObject({
      answer: { kind: 'unreachable', detail: 'https://10.0.0.1:6443 did not answer' },
    });
  });

  test.each([
    ['gpu', ['w-2']],
    ['GPU', ['w-2']],
    ['team=blue', ['w-1', 'w-2']],
  ])('the nodes of pool %s are %j', async (pool, names) => {
    world.snapshot = cluster([
      controlPlane('cp-1', '1.36.3'),
      worker('w-1', '1.36.3', { labels: { team: 'blue' } }),
      worker('w-2', '1.36.3', { labels: { team: 'blue', pool: 'gpu' } }),
    ]);
    await answerAsk(world.ask('q', { kind: 'nodes', pool }), world.worker, signal);
    const rows = names.map(name => expect.objectContaining({ name }));
    expect(world.queues.notices[0]?.notice).toMatchObject({ answer: { kind: 'nodes', pool, rows } });
  });

  test('a pool that no node is in is refused with those that there are', async () => {
    const spot = worker('w-1', '1.36.3', { labels: { pool: 'spot' } });
    world.snapshot = cluster([controlPlane('cp-1', '1.36.3'), spot]);
    await answerAsk(world.ask('q', { kind: 'nodes', pool: 'gpu' }), world.worker, signal);
    expect(world.queues.notices[0]?.notice).toMatchObject({
      answer: {
        kind: 'refused',
        sentence: 'No node of this cluster is in a pool "gpu".',
        instead: expect.stringContaining('Its pools are spot.'),
      },
    });
  });

  test('an ask that is delivered twice makes one plan and is announced under one id', async () => {
    const id = await planned();
    const first = await world.plan(id);
    world.now += 5_000;
    const [ask] = world.queues.asks;
    if (ask) await answerAsk(ask, world.worker, signal);
    expect(await world.plan(id)).toEqual(first);
    expect(new Set(world.queues.notices.map(({ id: name }) => name)).size).toBe(1);
  });
});

describe('deciding', () => {
  test.each([
    ['the requester', ALICE, 'not among the people'],
    ['somebody whom Slack does not know', 'UNOBODY', 'Slack does not know you.'],
  ])('%s may not approve', async (_name, by, sentence) => {
    const id = await planned();
    expect(await decide(id, by)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining(sentence) });
    expect((await world.plan(id)).decisions).toEqual([]);
  });

  test('an approver may not approve what they asked for themselves', async () => {
    world.people.set(ALICE, { kind: 'member', id: ALICE, groups: new Set(['SAPPROVERS']) });
    expect(await decide(await planned(), ALICE)).toMatchObject({ sentence: expect.stringContaining('somebody else') });
  });

  test('another digest than the stored one is refused', async () => {
    const planId = await planned();
    const decided = await world.bot.decide({ planId, digest: 'x', by: BOB, verdict: 'approve', reason: undefined });
    expect(decided).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('not the one') });
  });

  test('a plan that has expired is refused', async () => {
    const id = await planned();
    world.now += HOUR;
    expect(await decide(id, BOB)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('expired') });
  });

  test('a plan with findings that stop it cannot be approved, but rejected', async () => {
    world.snapshot = { ...world.snapshot, unreadable: [{ what: 'pods', why: 'forbidden' }] };
    const id = await planned();
    expect(await decide(id, BOB)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('Findings') });
    expect(await decide(id, BOB, 'reject', 'mend the rights')).toMatchObject({ kind: 'recorded' });
  });

  test('a rejection needs a reason, and settles the plan', async () => {
    const id = await planned();
    expect(await decide(id, BOB, 'reject', '  ')).toMatchObject({ kind: 'refused' });
    await decide(id, BOB, 'reject', 'not on a Friday');
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'rejected', by: BOB, reason: 'not on a Friday' });
    expect(world.deeds).toEqual([{ kind: 'plan-rejected', run: `r-${id}`, by: BOB, reason: 'not on a Friday' }]);
    expect(await decide(id, CAROL)).toMatchObject({ sentence: expect.stringContaining('rejected') });
  });

  test('clicks that come twice, even at the same moment, count once', async () => {
    const id = await planned();
    await Promise.all(Array.from({ length: 8 }, () => decide(id, BOB)));
    expect((await world.plan(id)).decisions).toHaveLength(1);
    expect(new Set(world.queues.decisions).size).toBe(1);
  });
});

describe('starting', () => {
  test('the last approval starts the run: lease, record, tick, first event', async () => {
    world.needed = 2;
    const id = await planned();
    await decide(id, BOB);
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'open' });
    await decide(id, CAROL);
    await onDecided(id, world.worker, signal);
    const runId = `r-${id}`;
    expect(await stateOf(id)).toEqual({ kind: 'running', runId });
    expect(world.lease).toBe(runId);
    expect(world.queues.ticking).toBe(runId);
    expect(world.queues.events).toEqual([{ runId, id: `${runId}-begin`, event: { kind: 'begin' } }]);
    expect(await world.store.latestRun('prod')).toBe(runId);
  });

  test('a rejection that comes while the approvals are counted stops it', async () => {
    const id = await planned();
    await decide(id, BOB);
    const { store } = world.worker;
    const counting = {
      get: async (planId: string) => {
        const record = await store.plans.get(planId);
        await decide(planId, CAROL, 'reject', 'not today');
        return record;
      },
      create: store.plans.create.bind(store.plans),
      update: store.plans.update.bind(store.plans),
    };
    await onDecided(id, { ...world.worker, store: { ...store, plans: counting } }, signal);
    expect(await stateOf(id)).toEqual({ kind: 'rejected', by: CAROL, reason: 'not today' });
    expect(world.lease).toBeUndefined();
  });

  test('two approvals of one person do not make two', async () => {
    world.needed = 2;
    const id = await planned();
    await decide(id, BOB);
    const { decisions } = await world.plan(id);
    const [first] = decisions;
    if (!first) throw new Error('nothing was decided');
    const again = sign({ ...first.value, id: 'again' }, world.keys.privateKey);
    await world.store.plans.update(id, record => ({ ...record, decisions: [...record.decisions, again] }));
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'open' });
  });

  test('a decision that another key signed counts for nothing', async () => {
    const id = await planned();
    await decide(id, BOB);
    const forger = newKeyPair();
    await world.store.plans.update(id, record => ({
      ...record,
      decisions: record.decisions.map(({ value }) => sign(value, forger.privateKey)),
    }));
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'open' });
    expect(world.lease).toBeUndefined();
  });

  test.each<[string, (decision: Signed<Decision>) => Signed<Decision>]>([
    ['by another key', ({ value }) => sign(value, newKeyPair().privateKey)],
    ['by nobody', ({ value }) => ({ value, signature: '' })],
    ['about another plan', ({ value }) => sign({ ...value, planId: 'p0' }, world.keys.privateKey)],
    ['about another digest', ({ value }) => sign({ ...value, digest: 'd0' }, world.keys.privateKey)],
  ])('a decision in their name that was signed %s keeps no approver out', async (_name, planted) => {
    const genuine = await planned();
    await decide(genuine, BOB);
    const [signed] = (await world.plan(genuine)).decisions;
    if (!signed) throw new Error('nothing was decided');
    const id = await planned();
    const { digest } = (await world.plan(id)).plan;
    const value = { ...signed.value, planId: id, digest };
    const plant = planted({ ...signed, value });
    await world.store.plans.update(id, record => ({ ...record, decisions: [plant] }));
    expect(await decide(id, BOB)).toMatchObject({ kind: 'recorded' });
    await decide(id, BOB);
    expect((await world.plan(id)).decisions).toHaveLength(2);
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
  });

  test('a stored plan that was changed after its approval is not run', async () => {
    const id = await planned();
    await decide(id, BOB);
    await world.store.plans.update(id, record => ({
      ...record,
      plan: { ...record.plan, hops: record.plan.hops.map(hop => ({ ...hop, to: { ...hop.to, minor: 30 } })) },
    }));
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining('digest')] });
    expect(world.reports).toHaveLength(1);
  });

  test.each([
    ['a new node', [worker('w-3', '1.36.3')], 'Node w-3 is new.'],
    ['a control-plane node that is not Ready', [controlPlane('cp-2', '1.36.3', { ready: 'False' })], 'not Ready'],
  ])('%s since the plan was made voids its approval', async (_name, more, sentence) => {
    const id = await planned();
    await decide(id, BOB);
    world.snapshot = { ...world.snapshot, nodes: [...world.snapshot.nodes, ...more] };
    await onDecided(id, world.worker, signal);
    expect(JSON.stringify(await stateOf(id))).toContain(sentence);
    expect(world.lease).toBeUndefined();
  });

  test('while another run holds the cluster, the plan does not start', async () => {
    const id = await planned();
    await decide(id, BOB);
    const other = await planned();
    await decide(other, BOB);
    await onDecided(id, world.worker, signal);
    await onDecided(other, world.worker, signal);
    expect(await stateOf(other)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining(`r-${id}`)] });
  });

  test('a run that was stored before its worker died begins, whatever the cluster looks like by then', async () => {
    const id = await planned();
    await decide(id, BOB);
    await onDecided(id, world.worker, signal);
    await world.store.plans.update(id, record => ({ ...record, state: { kind: 'checking' } }));
    world.snapshot = { ...world.snapshot, nodes: [...world.snapshot.nodes, worker('w-3', '1.36.3')] };
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
  });

  test('a plan that expires while the cluster cannot be looked at is stale', async () => {
    const id = await planned();
    await decide(id, BOB);
    world.trouble = new ClusterUnreachable('no answer');
    await expect(onDecided(id, world.worker, signal)).rejects.toThrow('no answer');
    world.now += HOUR;
    // That it is over is remembered in the cluster, as soon as that answers.
    await expect(onDecided(id, world.worker, signal)).rejects.toThrow('no answer');
    expect(await stateOf(id)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining('expired')] });
    world.trouble = undefined;
    await onDecided(id, world.worker, signal);
    expect(world.over).toEqual(new Set([`r-${id}`]));
  });

  test('the lease of a run that nobody remembers is given back, and said so', async () => {
    world.lease = 'r-forgotten';
    const id = await planned();
    await decide(id, BOB);
    await onDecided(id, world.worker, signal);
    expect(world.lease).toBe(`r-${id}`);
    expect(world.reports).toEqual([expect.stringContaining('r-forgotten')]);
  });

  test('a cluster that refuses its lease is said below the plan', async () => {
    const id = await planned();
    await decide(id, BOB);
    const { worker: ports } = world;
    const refused = () => Promise.reject(new ClusterRefused('The API server refuses to get leases.'));
    const lease = { acquire: refused, holder: refused, end: refused };
    await onDecided(id, { ...ports, quick: { ...ports.quick, lease } }, signal);
    const changes = ['The cluster refuses what a run needs: The API server refuses to get leases.'];
    expect(await stateOf(id)).toEqual({ kind: 'stale', changes });
    expect(world.reports).toEqual([expect.stringContaining('could not be written into the lease')]);
  });

  test('a worker that dies while it looks at the cluster leaves the rest to the next one', async () => {
    const id = await planned();
    await decide(id, BOB);
    world.trouble = new ClusterUnreachable('no answer');
    await expect(onDecided(id, world.worker, signal)).rejects.toThrow('no answer');
    expect(await stateOf(id)).toEqual({ kind: 'checking' });
    world.trouble = undefined;
    await onDecided(id, world.worker, signal);
    await onDecided(id, world.worker, signal);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
    expect(new Set(world.queues.events.map(({ id: name }) => name)).size).toBe(1);
  });
});
