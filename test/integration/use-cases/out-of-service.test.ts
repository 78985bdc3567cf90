import { advanceRun, obeyCommand } from '../../../src/app/advance-run.ts';
import { answerAsk } from '../../../src/app/answer.ts';
import { ClusterRefused } from '../../../src/app/ports.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import { newKeyPair, sign } from '../../../src/approval/signing.ts';
import type { NodeClaim, NodeView } from '../../../src/cluster/snapshot.ts';
import { OUT_OF_SERVICE } from '../../../src/cluster/taints.ts';
import type { RunNote } from '../../../src/run/note.ts';
import type { RunEvent } from '../../../src/run/run.ts';
import { exampleClaim } from '../../unit/plan/cluster-builder.ts';
import { ALICE, BOB, World } from './world.ts';

const signal = new AbortController().signal;
const runId = 'r-p1';
const NODE = 'w-1';
const at = { work: 'h0-2-w-1', attempt: 1 };
const CLAIM: NodeClaim = exampleClaim({ run: runId, work: at.work });
const wish = { runId, at, by: BOB, channel: 'C1' };
let world: World;

/** A run that is halted because its first worker has fallen silent, a minute ago. */
beforeEach(async () => {
  world = await World.open();
  const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
  await answerAsk(world.ask('p1', { kind: 'plan', request }), world.worker, signal);
  await world.approve('p1');
  await onDecided('p1', world.worker, signal);
  await advance({ kind: 'begin' });
  for (const work of ['h0-0-cp-1', 'h0-1-cp-1']) await advance({ kind: 'done', work, attempt: 1 });
  await fall({ silent: true });
  change({ claim: CLAIM, unschedulable: true, ready: 'Unknown', heardAt: world.now - 60_000 });
  world.heartbeats.set(NODE, world.now - 60_000);
});
afterEach(() => world.close());

const advance = (event: RunEvent) => advanceRun(runId, event, world.worker, signal);
const fall = (how: { silent?: true }) =>
  advance({ kind: 'failed', ...at, step: 'drain', reason: 'It fell silent.', log: [], ...how });
const nodeNow = () => world.snapshot.nodes.find(({ name }) => name === NODE);
const isTaken = () => nodeNow()?.taints.some(({ key }) => key === OUT_OF_SERVICE.key) ?? false;

function change(to: Partial<NodeView>): void {
  const nodes = world.snapshot.nodes.map(node => (node.name === NODE ? { ...node, ...to } : node));
  world.snapshot = { ...world.snapshot, nodes };
}

/** Of what came after the failure. */
function notes(): readonly RunNote[] {
  const told = world.queues.notices.flatMap(({ notice }) => (notice.kind === 'run-note' ? [notice.note] : []));
  return told.slice(told.findIndex(({ kind }) => kind === 'failed') + 1);
}

async function declare(): Promise<void> {
  expect(await world.bot.takeOutOfService({ ...wish, typed: ` ${NODE} ` })).toEqual({ kind: 'sent', runId });
  const command = world.queues.commands.at(-1);
  if (!command) throw new Error('nothing was ordered');
  await obeyCommand(command, world.worker, signal);
}

async function order(kind: 'retry' | 'abort'): Promise<void> {
  await world.bot.order({ target: { runId }, order: { kind }, by: BOB, channel: 'C1' });
  const command = world.queues.commands.at(-1);
  if (command) await obeyCommand(command, world.worker, signal);
}

describe('a node that fell silent', () => {
  test('is taken out of service by an order signed for that node, work and attempt, which thread and log tell', async () => {
    await declare();
    expect(world.queues.commands.at(-1)?.value.order).toEqual({ kind: 'out-of-service', at, node: NODE });
    expect(nodeNow()).toMatchObject({ claim: { outOfService: true }, unschedulable: true });
    expect(isTaken()).toBe(true);
    expect(notes()).toMatchObject([
      { kind: 'commanded', command: 'out-of-service', by: BOB, atOnce: [NODE] },
      { kind: 'out-of-service', node: NODE, by: BOB, ours: true },
    ]);
    expect(world.reports).toEqual([
      expect.stringMatching(/^node w-1 \(.+\) is out of service: order id\d+ of UBOB, run r-p1$/),
    ]);
    expect((await world.store.runs.get(runId))?.run.status.kind).toBe('halted');
  });

  test.each<[string, Partial<NodeView> | undefined, number | undefined, string]>([
    ['is Ready again', { ready: 'True' }, 60_000, 'w-1 is Ready again, so its host is not off: retry it'],
    ['has renewed its lease just now', {}, 39_000, 'the kubelet of w-1 was heard of 39 s ago'],
    ['has reported just now', { heardAt: -5_000 }, undefined, 'the kubelet of w-1 was heard of 5 s ago'],
    ['has a clock ahead of ours', {}, -5_000, 'was heard of 0 s ago'],
    ['has no claim any more', { claim: undefined }, 60_000, 'does not carry the claim of the work that failed'],
    ['is claimed by a later attempt', { claim: { ...CLAIM, attempt: 2 } }, 60_000, 'does not carry the claim'],
    ['is claimed by another run', { claim: { ...CLAIM, run: 'r-p2' } }, 60_000, 'does not carry the claim'],
    ['is not in the cluster any more', undefined, 60_000, 'there is no node w-1 any more'],
  ])('is left alone where it %s, and the thread says so', async (_how, now, silentMs, why) => {
    const { heardAt } = now ?? {};
    if (now) change({ ...now, ...(heardAt === undefined ? {} : { heardAt: world.now + heardAt }) });
    else world.snapshot = { ...world.snapshot, nodes: world.snapshot.nodes.filter(({ name }) => name !== NODE) };
    if (silentMs !== undefined) world.heartbeats.set(NODE, world.now - silentMs);
    await declare();
    expect(isTaken()).toBe(false);
    expect(notes().at(-1)).toEqual({
      kind: 'command-refused',
      command: 'out-of-service',
      by: BOB,
      why: expect.stringContaining(why),
    });
    expect(world.reports).toEqual([]);
  });

  test('bears the taint of somebody else already: that is said, and it stays theirs', async () => {
    change({ taints: [{ ...OUT_OF_SERVICE, value: 'theirs' }] });
    await declare();
    expect(notes().at(-1)).toMatchObject({ kind: 'out-of-service', ours: false });
    expect(nodeNow()).toMatchObject({ claim: { outOfService: false }, taints: [{ value: 'theirs' }] });
  });

  test('is tainted once its cluster allows it, unless somebody has retried it by then', async () => {
    const refusal = new ClusterRefused('The API server refuses to patch nodes.');
    world.nodeTrouble = refusal;
    await declare();
    await advance({ kind: 'tick' });
    expect(world.reports.at(-1)).toContain('could not take a node out of service, and will try again');
    expect(notes().at(-1)).toMatchObject({ kind: 'cluster-refused' });
    await order('retry');
    world.nodeTrouble = undefined;
    await advance({ kind: 'tick' });
    expect(isTaken()).toBe(false);
    expect(notes()).toContainEqual({
      kind: 'command-refused',
      command: 'out-of-service',
      by: BOB,
      why: 'w-1 has been retried, skipped or given up since',
    });
  });

  test('gets rid of it when it is given back, which the thread tells', async () => {
    await declare();
    await order('abort');
    expect(nodeNow()).toMatchObject({ claim: undefined, unschedulable: false, taints: [] });
    expect(notes().map(({ kind }) => kind)).toContain('back-in-service');
  });
});

describe('the order', () => {
  test('is for operators, for the node whose name was typed, and for the attempt that fell silent', async () => {
    expect(await world.bot.silentNode(wish)).toEqual({ kind: 'node', node: NODE });
    const refusals: readonly [object, string][] = [
      [{ by: ALICE }, 'You are not among the people who may steer'],
      [{ typed: 'w-2' }, 'You typed "w-2", and the node is w-1. Nothing was done.'],
      [{ at: { ...at, attempt: 2 } }, 'does not wait any more for a node that fell silent there'],
    ];
    for (const [more, sentence] of refusals) {
      expect(await world.bot.takeOutOfService({ ...wish, typed: NODE, ...more })).toEqual({
        kind: 'refused',
        sentence: expect.stringContaining(sentence),
      });
    }
    expect(world.queues.commands).toEqual([]);
  });

  test('that nobody signed does nothing, also where the record of the run holds it', async () => {
    const value = {
      ...{ id: 'forged', runId, cluster: 'prod', by: BOB, via: 'SAPPROVERS', channel: 'C1', at: world.now },
      order: { kind: 'out-of-service', at, node: NODE } as const,
    };
    const command = sign(value, newKeyPair().privateKey);
    await obeyCommand(command, world.worker, signal);
    await world.store.runs.update(runId, record => ({
      ...record,
      commands: [command],
      pending: [
        { kind: 'out-of-service', order: 'forged' },
        { kind: 'out-of-service', order: 'unknown' },
      ],
    }));
    await advance({ kind: 'tick' });
    expect(isTaken()).toBe(false);
    expect(world.reports).toHaveLength(3);
    expect((await world.store.runs.get(runId))?.pending).toEqual([]);
  });

  test('that comes again does nothing after the node was given back or is retried', async () => {
    await declare();
    const [command] = world.queues.commands.slice(-1);
    await order('retry');
    change({ ready: 'Unknown', taints: [], claim: { ...CLAIM, attempt: 2 } });
    await advance({
      kind: 'failed',
      ...at,
      attempt: 2,
      step: 'drain',
      reason: 'It fell silent.',
      log: [],
      silent: true,
    });
    if (!command) throw new Error('nothing was ordered');
    await obeyCommand(command, world.worker, signal);
    // As if somebody had put the record of before back.
    await world.store.runs.update(runId, record => ({
      ...record,
      pending: [{ kind: 'out-of-service', order: command.value.id }],
    }));
    await advance({ kind: 'tick' });
    expect(isTaken()).toBe(false);
  });
});

test('a node that failed otherwise cannot be taken out of service', async () => {
  await order('retry');
  await advance({ kind: 'failed', ...at, attempt: 2, step: 'drain', reason: 'It was not drained.', log: [] });
  const other = { ...wish, at: { ...at, attempt: 2 } };
  expect(await world.bot.silentNode(other)).toMatchObject({ kind: 'refused' });
});
