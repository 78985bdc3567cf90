import { advanceRun, obeyCommand } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { doNodeWork } from '../../../src/app/node-work.ts';
import type { NodeJob } from '../../../src/app/ports.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import { contentHash, newKeyPair, sign } from '../../../src/approval/signing.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import type { RunEvent, RunState, Step } from '../../../src/run/run.ts';
import { askingOf } from '../../support/asking.ts';
import { exampleClaim } from '../../unit/plan/cluster-builder.ts';
import { ALICE, BOB, CAROL, HOUR, REPLY_TO, World } from './world.ts';

const signal = new AbortController().signal;
const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
let world: World;

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

const ask = (question: 'plan' | 'status' = 'plan', channel = 'C1') =>
  world.bot.ask(question === 'plan' ? { kind: 'plan', request } : { kind: 'status' }, {
    cluster: undefined,
    replyTo: { ...REPLY_TO, channel },
  });

/** Alice asks for a plan, and the worker makes it. */
async function planned(): Promise<string> {
  await ask();
  const last = world.queues.asks.at(-1);
  if (!last) throw new Error('nothing was asked');
  await answerAsk(last, world.worker, signal);
  return last.id;
}

async function decide(planId: string, by: string, verdict: 'approve' | 'reject' = 'approve') {
  const { plan } = await world.plan(planId);
  const decided = await world.bot.decide({ planId, digest: plan.digest, by, verdict, reason: 'a mistake' });
  if (decided.kind === 'recorded') await onDecided(planId, world.worker, signal);
  return decided;
}

const stateOf = async (planId: string) => (await world.plan(planId)).state;
const noted = () => world.queues.notices.flatMap(({ notice }) => (notice.kind === 'run-note' ? [notice.note] : []));
const answers = () => world.queues.notices.flatMap(({ notice }) => (notice.kind === 'answer' ? [notice.answer] : []));
const tick = (runId: string) => advanceRun(runId, { kind: 'tick' }, world.worker, signal);

async function runOf(planId: string): Promise<RunState> {
  const record = await world.store.runs.get(`r-${planId}`);
  if (!record) throw new Error('there is no run');
  return record.run;
}

/** World's now is midnight UTC of a Tuesday: open from 02:00 to 04:00, unless it is said otherwise. */
const NIGHT = { windows: [{ days: [2], from: 120, to: 240 }], planLifetimeSeconds: (12 * HOUR) / 1_000 };

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

describe('a policy file that cannot be used any more', () => {
  const FAULT = '/etc/capstan/policy.yaml:3: clusters.prod.approvers[0]: write the Slack ids.';

  test.each(['bot', 'worker'])('stops new plans, with file and line, where it is the %s’s', async whose => {
    if (whose === 'bot') world.botFault = FAULT;
    else world.workerFault = FAULT;
    const asked = await ask();
    const [passed] = world.queues.asks;
    if (passed) await answerAsk(passed, world.worker, signal);
    expect(whose === 'bot' ? asked : answers()[0]).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining(FAULT),
    });
  });

  test('stops new approvals in the bot, but no rejection', async () => {
    const id = await planned();
    world.botFault = FAULT;
    expect(await decide(id, BOB)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining(FAULT) });
    expect(await decide(id, BOB, 'reject')).toMatchObject({ kind: 'recorded' });
  });

  test('makes an approved run wait in the worker until it is mended', async () => {
    const id = await planned();
    world.workerFault = FAULT;
    await decide(id, BOB);
    expect(await stateOf(id)).toMatchObject({ kind: 'waiting', why: expect.stringContaining(FAULT) });
    world.workerFault = undefined;
    await tick(`r-${id}`);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
  });

  test('does not stop a run that is under way', async () => {
    const id = await planned();
    await decide(id, BOB);
    world.workerFault = FAULT;
    await tick(`r-${id}`);
    expect((await runOf(id)).hold).toBeUndefined();
    expect(world.queues.nodeJobs).toHaveLength(1);
  });
});

describe('a process that began with a policy file that cannot be used', () => {
  const FAULT = '/etc/capstan/policy.yaml:3: clusters.prod.approvers[0]: write the Slack ids.';
  const broken = { kind: 'refused', sentence: expect.stringContaining(FAULT) };
  const breaks = (whose: 'bot' | 'worker') => {
    world[`${whose}HasNone`] = true;
    world[`${whose}Fault`] = FAULT;
  };
  const mended = () => {
    world.botFault = undefined;
    world.workerFault = undefined;
  };
  const toldBelow = () => world.queues.notices.filter(({ notice }) => notice.kind === 'plan-note');

  test('the bot answers everybody with file and line, whatever they want', async () => {
    const id = await planned();
    breaks('bot');
    expect(await ask()).toMatchObject(broken);
    expect(await ask('status')).toMatchObject(broken);
    expect(await decide(id, BOB)).toMatchObject(broken);
    expect(await world.bot.review(id, BOB, 'approve')).toMatchObject(broken);
    mended();
    expect(await decide(id, BOB)).toMatchObject({ kind: 'recorded' });
  });

  test.each(['plan', 'status'] as const)('the worker answers a question about %s with file and line', async what => {
    await ask(what);
    breaks('worker');
    const [passed] = world.queues.asks;
    if (passed) await answerAsk(passed, world.worker, signal);
    expect(answers()).toEqual([expect.objectContaining(broken)]);
  });

  test('the worker counts what was decided once the file is mended, and until then says below the plan why not', async () => {
    const id = await planned();
    breaks('worker');
    await decide(id, BOB);
    expect(await stateOf(id)).toEqual({ kind: 'open' });
    await tick(`r-${id}`);
    expect(new Set(toldBelow().map(told => told.id)).size).toBe(1);
    expect(toldBelow()[0]?.notice).toMatchObject({
      note: { kind: 'not-counted-yet', why: expect.stringContaining(FAULT) },
    });
    expect(world.queues.ticking).toBe(`r-${id}`);
    mended();
    await tick(`r-${id}`);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
  });

  test('a plan that needs more approvals goes on waiting for people, without a tick', async () => {
    world.needed = 2;
    const id = await planned();
    breaks('worker');
    await decide(id, BOB);
    mended();
    await tick(`r-${id}`);
    expect([await stateOf(id), world.queues.ticking]).toEqual([{ kind: 'open' }, undefined]);
    await decide(id, CAROL);
    expect(await stateOf(id)).toMatchObject({ kind: 'running' });
  });

  test('the worker holds a run and the work under way, says so once, and goes on when it is mended', async () => {
    const id = await planned();
    await decide(id, BOB);
    await advanceRun(`r-${id}`, { kind: 'begin' }, world.worker, signal);
    const [job] = world.queues.nodeJobs;
    if (!job) throw new Error('no work was started');
    breaks('worker');
    await doNodeWork(job, world.worker, signal);
    const deferred = world.queues.events.at(-1)?.event;
    expect(deferred).toEqual({ kind: 'deferred', work: job.work, attempt: 1, why: expect.stringContaining(FAULT) });
    if (deferred) await advanceRun(`r-${id}`, deferred, world.worker, signal);
    await tick(`r-${id}`);
    const run = await runOf(id);
    expect([run.status.kind, run.hold?.why]).toEqual(['running', expect.stringContaining(FAULT)]);
    expect(run.works.filter(({ state }) => state.kind === 'active')).toEqual([]);
    expect(noted().filter(({ kind }) => kind === 'held')).toHaveLength(1);
    mended();
    await tick(`r-${id}`);
    expect(world.queues.nodeJobs.at(-1)).toEqual({ ...job, attempt: 2 });
  });

  describe('the worker that takes over a node', () => {
    let job: NodeJob;
    let id: string;

    beforeEach(async () => {
      id = await planned();
      await decide(id, BOB);
      await advanceRun(`r-${id}`, { kind: 'begin' }, world.worker, signal);
      const [first] = world.queues.nodeJobs;
      if (!first) throw new Error('no work was started');
      job = first;
      breaks('worker');
    });

    const reach = (step: Step) =>
      advanceRun(job.runId, { kind: 'step', work: job.work, attempt: 1, step }, world.worker, signal);
    function claim(): void {
      const own = exampleClaim({ run: job.runId, work: job.work });
      const nodes = world.snapshot.nodes.map(node => (node.name === 'cp-1' ? { ...node, claim: own } : node));
      world.snapshot = { ...world.snapshot, nodes };
    }
    async function doneWith(): Promise<readonly RunEvent[]> {
      const { length } = world.queues.events;
      await doNodeWork(job, world.worker, signal).catch(() => undefined);
      return world.queues.events.slice(length).map(({ event }) => event);
    }

    test('gives it back where its host was not begun with, and says so', async () => {
      await reach('drain');
      claim();
      const [event] = await doneWith();
      expect(event).toMatchObject({
        kind: 'deferred',
        why: expect.stringMatching(/Node cp-1, .* is given back as it was/),
      });
      expect(world.released).toEqual(['cp-1']);
    });

    test('gives it back where the run is being aborted, and the run ends', async () => {
      await reach('drain');
      claim();
      await world.store.runs.update(job.runId, record => {
        return { ...record, run: { ...record.run, status: { kind: 'aborting', by: BOB, at: world.now } } };
      });
      for (const event of await doneWith()) await advanceRun(job.runId, event, world.worker, signal);
      for (const { event } of world.queues.events.splice(0)) await advanceRun(job.runId, event, world.worker, signal);
      expect(world.released).toEqual(['cp-1']);
      expect((await runOf(id)).status.kind).toBe('aborted');
    });

    test('brings it to its end where its host is at work, as its claim shows', async () => {
      await reach('upgrade');
      claim();
      const kinds = (await doneWith()).map(({ kind }) => kind);
      expect(kinds).toContain('step');
      expect(kinds).not.toContain('deferred');
      expect(world.released).toEqual([]);
      expect(world.reports).toContainEqual(expect.stringContaining('its host was begun with'));
    });

    test('leaves it alone where only the record says that its host is at work', async () => {
      await reach('upgrade');
      expect((await doneWith()).map(({ kind }) => kind)).toEqual(['deferred']);
    });
  });

  test('the worker obeys nobody, and says so in the thread', async () => {
    const id = await planned();
    await decide(id, BOB);
    await world.bot.order({ target: { runId: `r-${id}` }, order: { kind: 'abort' }, by: BOB, channel: 'C1' });
    breaks('worker');
    const [order] = world.queues.commands;
    if (order) await obeyCommand(order, world.worker, signal);
    expect((await runOf(id)).status.kind).toBe('running');
    expect(noted().at(-1)).toMatchObject({
      kind: 'command-refused',
      by: BOB,
      why: expect.stringContaining('policy.yaml:3'),
    });
  });
});

describe('an approval outside of the maintenance windows', () => {
  beforeEach(() => {
    world.workerPolicy = NIGHT;
  });

  test('waits, with a tick, and begins by itself when one opens, after another look at the cluster', async () => {
    const id = await planned();
    await decide(id, BOB);
    expect(await stateOf(id)).toMatchObject({ kind: 'waiting', why: expect.stringContaining('Tue 2026-11-24 02:00') });
    expect([world.queues.ticking, world.lease]).toEqual([`r-${id}`, undefined]);
    const told = world.queues.notices.length;
    world.now += HOUR;
    await tick(`r-${id}`);
    expect(await stateOf(id)).toMatchObject({ kind: 'waiting' });
    expect(world.queues.notices).toHaveLength(told);
    world.now += HOUR;
    await tick(`r-${id}`);
    expect(await stateOf(id)).toEqual({ kind: 'running', runId: `r-${id}` });
    expect(world.lease).toBe(`r-${id}`);
  });

  test('is void when it begins, where the cluster is another by then', async () => {
    const id = await planned();
    await decide(id, BOB);
    world.snapshot = { ...world.snapshot, nodes: world.snapshot.nodes.map(node => ({ ...node, ready: 'False' })) };
    world.now += 2 * HOUR;
    await tick(`r-${id}`);
    expect(await stateOf(id)).toMatchObject({ kind: 'stale' });
    await tick(`r-${id}`);
    expect(world.queues.ticking).toBeUndefined();
  });

  test('can be withdrawn or rejected while it waits, and not approved once more', async () => {
    const id = await planned();
    await decide(id, BOB);
    expect(await decide(id, CAROL)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('and waits') });
    expect(await decide(id, ALICE, 'reject')).toMatchObject({ kind: 'recorded' });
    expect(await stateOf(id)).toMatchObject({ kind: 'rejected', by: ALICE });
    await tick(`r-${id}`);
    expect(world.queues.ticking).toBeUndefined();
  });

  test('is void where a freeze keeps the window shut until the plan has expired', async () => {
    const id = await planned();
    await decide(id, BOB);
    const day = { year: 2026, month: 11, day: 24, minutes: 0 };
    world.workerPolicy = { ...NIGHT, freezes: [{ from: day, until: { ...day, day: 25 }, reason: 'a sale' }] };
    world.now += 3 * HOUR;
    await tick(`r-${id}`);
    expect(await stateOf(id)).toMatchObject({ kind: 'waiting', why: expect.stringContaining('frozen: a sale') });
    world.now += 9 * HOUR;
    await tick(`r-${id}`);
    expect(await stateOf(id)).toMatchObject({ kind: 'stale', changes: [expect.stringContaining('while it waited')] });
  });
});

describe('a window that closes during a run', () => {
  let id: string;

  beforeEach(async () => {
    world.workerPolicy = NIGHT;
    world.now += 3 * HOUR;
    id = await planned();
    await decide(id, BOB);
    await advanceRun(`r-${id}`, { kind: 'begin' }, world.worker, signal);
  });

  const activeWork = async () => (await runOf(id)).works.find(({ state }) => state.kind === 'active')?.key ?? '';
  const done = async () =>
    advanceRun(`r-${id}`, { kind: 'done', work: await activeWork(), attempt: 1 }, world.worker, signal);

  test('lets the node under way finish and starts no further one, says so once, and goes on when one opens', async () => {
    expect(world.queues.nodeJobs).toHaveLength(1);
    world.now += HOUR;
    await tick(`r-${id}`);
    await done();
    await tick(`r-${id}`);
    expect(await activeWork()).toBe('');
    expect((await runOf(id)).hold?.why).toContain('from Tue 2026-12-01 02:00 (UTC)');
    expect(noted().filter(({ kind }) => kind === 'held')).toHaveLength(1);
    world.now += 7 * 24 * HOUR - 2 * HOUR;
    await tick(`r-${id}`);
    expect(
      noted()
        .slice(-2)
        .map(({ kind }) => kind),
    ).toEqual(['released', 'node-started']);
    expect(new Set(world.queues.nodeJobs.map(({ work }) => work)).size).toBe(2);
  });

  test('does not let an order to resume start a node', async () => {
    const order = async (kind: 'pause' | 'resume') => {
      await world.bot.order({ target: { runId: `r-${id}` }, order: { kind }, by: BOB, channel: 'C1' });
      const last = world.queues.commands.at(-1);
      if (last) await obeyCommand(last, world.worker, signal);
    };
    await order('pause');
    await done();
    world.now += HOUR;
    await order('resume');
    expect((await runOf(id)).status.kind).toBe('running');
    expect(await activeWork()).toBe('');
  });

  test('holds a work that lay in the queue until then, and starts it as another attempt', async () => {
    const [job] = world.queues.nodeJobs;
    if (!job) throw new Error('no work was started');
    world.now += HOUR;
    await doNodeWork(job, world.worker, signal);
    const last = world.queues.events.at(-1);
    const why = expect.stringContaining('from Tue 2026-12-01 02:00 (UTC)');
    expect(last?.event).toEqual({ kind: 'deferred', work: job.work, attempt: 1, why });
    if (last) await advanceRun(last.runId, last.event, world.worker, signal);
    expect(await activeWork()).toBe('');
    world.now += 7 * 24 * HOUR - 2 * HOUR;
    await tick(`r-${id}`);
    expect(world.queues.nodeJobs.at(-1)).toEqual({ ...job, attempt: 2 });
  });

  test('is told once where another worker of the cluster has no such window, and the work is not passed to and fro', async () => {
    const [job] = world.queues.nodeJobs;
    if (!job) throw new Error('no work was started');
    world.now += HOUR;
    for (let second = 0; second < 50; second += 1) {
      world.workerPolicy = NIGHT;
      for (const each of world.queues.nodeJobs.splice(0)) await doNodeWork(each, world.worker, signal);
      world.workerPolicy = { ...NIGHT, windows: [] };
      for (const { runId, event } of world.queues.events.splice(0))
        await advanceRun(runId, event, world.worker, signal);
      await tick(`r-${id}`);
      world.now += 1_000;
    }
    expect((await runOf(id)).works[0]?.state).toMatchObject({ kind: 'queued', attempt: 2 });
    const why = (await runOf(id)).hold?.why;
    expect(why).toContain('give all workers of this cluster the same policy file');
    expect(noted().filter(({ kind }) => kind === 'held')).toEqual([{ kind: 'held', why }]);
  });

  test('holds it too where the record says that it has begun, and the node does not', async () => {
    const [job] = world.queues.nodeJobs;
    if (!job) throw new Error('no work was started');
    await advanceRun(`r-${id}`, { kind: 'step', work: job.work, attempt: 1, step: 'upgrade' }, world.worker, signal);
    world.now += HOUR;
    await doNodeWork(job, world.worker, signal);
    expect(world.queues.events.at(-1)?.event).toMatchObject({ kind: 'deferred', work: job.work, attempt: 1 });
  });

  test('does not hold a work that has its claim on the node already', async () => {
    const [job] = world.queues.nodeJobs;
    if (!job) throw new Error('no work was started');
    const claim = exampleClaim({ run: `r-${id}`, work: job.work });
    const nodes = world.snapshot.nodes.map(node => (node.name === 'cp-1' ? { ...node, claim } : node));
    world.snapshot = { ...world.snapshot, nodes };
    world.now += HOUR;
    await doNodeWork(job, world.worker, signal);
    const kinds = world.queues.events.map(({ event }) => event.kind);
    expect(kinds).toContain('step');
    expect(kinds).not.toContain('deferred');
  });
});
