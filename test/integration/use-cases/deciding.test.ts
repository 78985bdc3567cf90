import { answerAsk } from '../../../src/app/answer.ts';
import { ClusterUnreachable } from '../../../src/app/ports.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import { cluster, controlPlane, worker } from '../../unit/plan/cluster-builder.ts';
import { begin, decide, end, planned, signal, stateOf, world } from './asked-plan.ts';
import { ALICE, BOB, CAROL, HOUR, REPLY_TO } from './world.ts';

beforeEach(begin);
afterEach(end);

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
