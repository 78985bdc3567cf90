import { advanceRun, obeyCommand } from '../../../src/app/advance-run.ts';
import { doNodeWork } from '../../../src/app/node-work.ts';
import { exampleClaim } from '../../unit/plan/cluster-builder.ts';
import { NIGHT, signal, stepsIn } from './policy-steps.ts';
import { ALICE, BOB, CAROL, HOUR, World } from './world.ts';

let world: World;
const { planned, decide, runOf, stateOf, noted, tick } = stepsIn(() => world);

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

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
