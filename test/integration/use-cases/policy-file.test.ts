import { advanceRun, obeyCommand } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { doNodeWork } from '../../../src/app/node-work.ts';
import type { NodeJob } from '../../../src/app/ports.ts';
import type { RunEvent, Step } from '../../../src/run/run.ts';
import { exampleClaim } from '../../unit/plan/cluster-builder.ts';
import { signal, stepsIn } from './policy-steps.ts';
import { BOB, CAROL, World } from './world.ts';

let world: World;
const { ask, planned, decide, runOf, stateOf, noted, answers, tick } = stepsIn(() => world);

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

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

    test('leaves it as it is while an earlier attempt may be at work on its host, and says so', async () => {
      await reach('drain');
      claim();
      world.atWork.set('cp-1', 'Job capstan-x is not over');
      const [event] = await doneWith();
      expect(event).toMatchObject({
        kind: 'deferred',
        why: expect.stringContaining(
          'Node cp-1 stays as it is, for its host may be at work: Job capstan-x is not over.',
        ),
      });
      expect(world.released).toEqual([]);
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
