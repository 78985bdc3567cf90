import { obeyCommand } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import { contentHash, newKeyPair, sign } from '../../../src/approval/signing.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import { askingOf } from '../../support/asking.ts';
import { request, signal, stepsIn } from './policy-steps.ts';
import { ALICE, BOB, CAROL, REPLY_TO, World } from './world.ts';

let world: World;
const { ask, planned, decide, runOf, stateOf, noted, answers } = stepsIn(() => world);

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

describe('who may ask', () => {
  test.each([
    ['somebody who is not among the requesters', { requesters: [BOB] }, 'not among the people who may ask'],
    ['anybody in a channel that is not listed', { channels: ['C9', 'C8'] }, 'accepts commands in <#C9>, <#C8>'],
  ])('the bot refuses %s', async (_name, policy, sentence) => {
    world.workerPolicy = policy;
    expect(await ask()).toMatchObject({ kind: 'refused', sentence: expect.stringContaining(sentence) });
    expect(world.queues.asks).toEqual([]);
  });

  test('members of a group may, by the group', async () => {
    world.workerPolicy = { requesters: ['SAPPROVERS'] };
    await world.bot.ask({ kind: 'plan', request }, { cluster: undefined, replyTo: { ...REPLY_TO, user: BOB } });
    expect(world.queues.asks[0]?.asking.value).toMatchObject({ by: BOB, via: 'SAPPROVERS', channel: 'C1' });
  });

  test('the newest run is shown in the channels that are listed', async () => {
    const id = await planned();
    await decide(id, BOB);
    world.workerPolicy = { channels: ['C1'] };
    expect(await world.bot.latestRun('prod', 'C1')).toMatchObject({ kind: 'run' });
    expect(await world.bot.latestRun('prod', 'C9')).toMatchObject({ kind: 'refused' });
  });

  test('whoever only reads needs no entry, but a channel', async () => {
    world.workerPolicy = { requesters: [BOB] };
    expect(await ask('status')).toMatchObject({ kind: 'asked' });
    world.workerPolicy = { channels: ['C9'] };
    expect(await ask('status')).toMatchObject({ kind: 'refused' });
  });

  test.each([
    ['requesters', { requesters: [BOB] }, { requesters: 'anyone' as const }, 'may ask for plans'],
    ['channels', { channels: ['C9'] }, { channels: 'anywhere' as const }, 'not one where commands are accepted'],
  ])('the worker refuses by its own %s what the bot let through, and says so', async (_name, workers, bots, why) => {
    world.workerPolicy = workers;
    world.botPolicy = bots;
    await ask();
    const [passed] = world.queues.asks;
    if (passed) await answerAsk(passed, world.worker, signal);
    expect(answers()).toEqual([
      { kind: 'refused', sentence: expect.stringContaining(why), instead: expect.stringContaining('same policy file') },
    ]);
    expect(await world.store.plans.get(passed?.id ?? '')).toBeUndefined();
  });

  const PLAN = { kind: 'plan', request } as const;
  const ASKED = { question: contentHash(PLAN) };
  test.each([
    ['another key', (id: string) => askingOf(id, REPLY_TO, ASKED, newKeyPair().privateKey)],
    ['another person', (id: string) => askingOf(id, { ...REPLY_TO, user: BOB }, ASKED, world.keys.privateKey)],
    ['another id', () => askingOf('q9', REPLY_TO, ASKED, world.keys.privateKey)],
    [
      'another cluster',
      (id: string) => askingOf(id, REPLY_TO, { ...ASKED, cluster: 'staging' }, world.keys.privateKey),
    ],
    ['another channel', (id: string) => askingOf(id, { ...REPLY_TO, channel: 'C9' }, ASKED, world.keys.privateKey)],
    ['another question', (id: string) => askingOf(id, REPLY_TO, {}, world.keys.privateKey)],
  ])('a question that was signed by or for %s is answered to nobody', async (_name, asking) => {
    await answerAsk({ ...world.ask('q1', PLAN), asking: asking('q1') }, world.worker, signal);
    expect(world.queues.notices).toEqual([]);
    expect(world.reports).toEqual([expect.stringContaining('was not signed by the bot')]);
  });

  test.each<[string, Partial<PlanRequest>]>([
    ['another target', { target: { kind: 'latest' } }],
    ['fewer drains', { fewestDrains: true }],
    ['other nodes', { nodes: ['w-1'] }],
    ['other kinds of nodes', { only: 'control-plane' }],
  ])('a question whose content was changed on its way to %s is answered to nobody', async (_name, change) => {
    await ask();
    const [asked] = world.queues.asks;
    if (!asked) throw new Error('nothing was asked');
    const question = { kind: 'plan', request: { ...request, ...change } } as const;
    await answerAsk({ ...asked, question }, world.worker, signal);
    expect(world.queues.notices).toEqual([]);
    await answerAsk(asked, world.worker, signal);
    expect(world.queues.notices).toHaveLength(1);
  });

  test('a plan whose request is not the one that was asked starts nothing, however it was approved', async () => {
    const id = await planned();
    await world.store.plans.update(id, record => ({
      ...record,
      plan: { ...record.plan, request: { ...request, target: { kind: 'latest' } } },
    }));
    await decide(id, BOB);
    expect(await stateOf(id)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining('another request')] });
  });

  test('a plan whose requester was changed afterwards starts nothing, so that nobody approves their own', async () => {
    const id = await planned();
    await world.store.plans.update(id, record => ({ ...record, plan: { ...record.plan, requestedBy: CAROL } }));
    await decide(id, BOB);
    expect(await stateOf(id)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining('not asked for by')] });
  });
});

describe('who may steer', () => {
  test('operators may, and approvers who are none may not', async () => {
    world.workerPolicy = { operators: [CAROL] };
    const id = await planned();
    await decide(id, BOB);
    const order = { target: { runId: `r-${id}` }, order: { kind: 'pause' }, channel: 'C1' } as const;
    expect(await world.bot.order({ ...order, by: BOB })).toMatchObject({ kind: 'refused' });
    expect(await world.bot.order({ ...order, by: CAROL })).toMatchObject({ kind: 'sent' });
    expect(world.queues.commands[0]?.value).toMatchObject({ by: CAROL, via: CAROL, channel: 'C1' });
  });

  test('an order that the bot let through and the worker’s policy does not is refused in the thread', async () => {
    world.workerPolicy = { operators: [CAROL] };
    world.botPolicy = { operators: [BOB] };
    const id = await planned();
    await decide(id, BOB);
    await world.bot.order({ target: { runId: `r-${id}` }, order: { kind: 'pause' }, by: BOB, channel: 'C1' });
    const [order] = world.queues.commands;
    if (order) await obeyCommand(order, world.worker, signal);
    expect((await runOf(id)).status.kind).toBe('running');
    expect(noted().at(-1)).toMatchObject({ kind: 'command-refused', command: 'pause', by: BOB });
  });

  test('an order that was not signed by the bot is told to nobody', async () => {
    const id = await planned();
    await decide(id, BOB);
    const before = noted().length;
    const value = {
      id: 'o1',
      runId: `r-${id}`,
      cluster: 'prod',
      by: BOB,
      via: BOB,
      channel: 'C1',
      order: { kind: 'abort' } as const,
    };
    await obeyCommand(sign({ ...value, at: 0 }, newKeyPair().privateKey), world.worker, signal);
    expect(noted()).toHaveLength(before);
    expect(world.reports).toEqual([expect.stringContaining('was not signed by the bot')]);
  });
});

describe('withdrawing', () => {
  test('whoever asked may, though they may not approve', async () => {
    const id = await planned();
    expect(await decide(id, ALICE)).toMatchObject({ kind: 'refused' });
    expect(await decide(id, ALICE, 'reject')).toMatchObject({ kind: 'recorded' });
    expect(await stateOf(id)).toEqual({ kind: 'rejected', by: ALICE, reason: 'a mistake' });
  });

  test('others who are no approvers may not', async () => {
    world.people.set('UDAVE', { kind: 'member', id: 'UDAVE', groups: new Set() });
    expect(await decide(await planned(), 'UDAVE', 'reject')).toMatchObject({ kind: 'refused' });
  });
});

describe('an approval that only the bot’s policy allows', () => {
  test('is not counted, which is told below the plan, once', async () => {
    world.botPolicy = { approvers: [CAROL] };
    const id = await planned();
    await decide(id, CAROL);
    await onDecided(id, world.worker, signal);
    expect(await world.plan(id)).toMatchObject({
      state: { kind: 'open' },
      count: { need: 1, objections: [{ by: CAROL, why: expect.stringContaining('not among the approvers') }] },
    });
    const told = world.queues.notices.filter(({ notice }) => notice.kind === 'plan-note');
    expect(told[0]?.notice).toMatchObject({ planId: id, note: { kind: 'not-counted', by: CAROL, verdict: 'approve' } });
    expect(new Set(told.map(({ id: name }) => name)).size).toBe(1);
  });

  test('is counted beside others, where the worker wants more of them', async () => {
    world.workerPolicy = { approvalsNeeded: 2 };
    world.botPolicy = { approvalsNeeded: 1 };
    const id = await planned();
    await decide(id, BOB);
    expect(await world.plan(id)).toMatchObject({ state: { kind: 'open' }, count: { need: 2, objections: [] } });
    await decide(id, CAROL);
    expect(await stateOf(id)).toMatchObject({ kind: 'running' });
  });

  test('was foreseen by a finding of the plan', async () => {
    world.botPolicy = { approvers: [CAROL] };
    const { plan } = await world.plan(await planned());
    expect(plan.findings).toContainEqual(expect.objectContaining({ code: 'POLICY_DIFFERS', severity: 'warn' }));
    world.botPolicy = {};
    const same = await world.plan(await planned());
    expect(same.plan.findings).toContainEqual(expect.objectContaining({ code: 'POLICY_DIFFERS', severity: 'ok' }));
  });
});
