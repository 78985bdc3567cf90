import { obeyCommand } from '../../../src/app/advance-run.ts';
import type { Order } from '../../../src/approval/order.ts';
import { newKeyPair, sign } from '../../../src/approval/signing.ts';
import type { NodeClaim } from '../../../src/cluster/snapshot.ts';
import { exampleBlocker } from '../../unit/run/example.ts';
import { active, advance, begin, end, fail, notes, order, run, runId, signal, world } from './begun-run.ts';
import { ALICE, BOB } from './world.ts';

beforeEach(begin);
afterEach(end);

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
