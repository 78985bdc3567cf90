import type { Order } from '../../../src/approval/order.ts';
import { NOW, pod } from '../plan/cluster-builder.ts';
import { ABORT, AT, afterOrder, createExample, GIVEN_BACK, HOUR, MINUTE } from './ordered-scene.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

describe('a pause', () => {
  it('stops evictions and keeps claim and cordon; resuming goes on, and no time was lost by it', async () => {
    const cluster = createExample(2);
    const running = startWorker(cluster);
    await played(pause(10 * MINUTE));
    running.order({ kind: 'pause' });
    const asked = cluster.requests.length;
    // The budget opens, and nothing is evicted all the same.
    cluster.putPod(pod('web-2', 'w-2'));
    await played(pause(3 * HOUR));
    expect(cluster.requests.length).toBe(asked);
    expect(cluster.node('w-1')).toMatchObject({ claim: CLAIM, unschedulable: true });
    running.order({ kind: 'resume' });
    expect(await played(running.outcome)).toEqual({ kind: 'done' });
    expect(cluster.podsOn('w-1')).toEqual([]);
  });

  it('gives the drain only the time that it had left', async () => {
    const running = startWorker(createExample(2));
    await played(pause(50 * MINUTE));
    running.order({ kind: 'pause' });
    await played(pause(2 * HOUR));
    const resumed = Date.now();
    running.order({ kind: 'resume' });
    expect(await played(running.outcome)).toMatchObject({ kind: 'failed', step: 'drain' });
    expect((Date.now() - resumed) / MINUTE).toBeCloseTo(10, 1);
  });

  it('does not hold up a node that is only waited for', async () => {
    const cluster = createExample(0);
    const running = startWorker(cluster);
    await played(pause(25_000));
    expect(running.steps.at(-1)).toBe('ready');
    running.order({ kind: 'pause' });
    expect(await played(running.outcome)).toEqual({ kind: 'done' });
  });

  it('before the drain keeps the node from being cordoned', async () => {
    const cluster = createExample(0);
    const running = startWorker(cluster);
    await played(pause(500));
    running.order({ kind: 'pause' });
    await played(pause(HOUR));
    expect(cluster.node('w-1')).toMatchObject({ claim: { ...CLAIM, cordons: 0 }, unschedulable: false });
    running.order({ kind: 'resume' });
    expect(await played(running.outcome)).toEqual({ kind: 'done' });
  });

  it('lets a host that is at work come to its end', async () => {
    const cluster = createExample(0);
    const running = startWorker(cluster);
    expect((await played(afterOrder(running, 10_000, { kind: 'pause' }))).outcome).toEqual({ kind: 'done' });
  });

  it('can be ended by aborting, which gives the node back', async () => {
    const cluster = createExample(2);
    const running = startWorker(cluster);
    await played(pause(MINUTE));
    running.order({ kind: 'pause' });
    const { outcome, ms } = await played(afterOrder(running, MINUTE, ABORT));
    expect(outcome).toEqual({ kind: 'stopped' });
    expect(ms).toBeLessThan(1_000);
    expect(cluster.node('w-1')).toMatchObject(GIVEN_BACK);
  });
});

describe('whoever keeps waiting', () => {
  it('gives the drain its whole time anew', async () => {
    const running = startWorker(createExample(2));
    await played(pause(50 * MINUTE));
    running.order({ kind: 'wait', at: AT });
    const waited = Date.now();
    expect(await played(running.outcome)).toMatchObject({
      kind: 'failed',
      step: 'drain',
      reason: expect.stringContaining('was not drained within 60 min'),
    });
    expect((Date.now() - waited) / MINUTE).toBeCloseTo(60, 1);
  });

  it('does so also where another worker takes the drain over', async () => {
    const cluster = createExample(2);
    const life = new AbortController();
    const first = startWorker(cluster, {}, { signal: life.signal });
    await played(pause(50 * MINUTE));
    first.order({ kind: 'wait', at: AT });
    life.abort(new Error('killed'));
    await expect(played(first.outcome)).rejects.toThrow('killed');
    const waited = Date.now();
    const second = startWorker(cluster, { reached: first.reached() });
    expect(await played(second.outcome)).toMatchObject({ kind: 'failed', step: 'drain' });
    expect((Date.now() - waited) / MINUTE).toBeCloseTo(60, 1);
  });
});

describe('an order to force a pod', () => {
  const force = (name: string, uid = `uid-${name}`): Order => ({
    kind: 'force',
    at: AT,
    pod: { namespace: 'default', name, uid },
  });
  const deletions = ({ requests }: ReturnType<typeof createExample>) =>
    requests.filter(each => each.startsWith('delete'));

  /** A drain that has been blocked for ten minutes, and has said so. */
  async function blocked() {
    const cluster = createExample(2);
    const running = startWorker(cluster);
    await played(pause(10 * MINUTE));
    expect(running.blocked).not.toEqual([]);
    return { cluster, running };
  }

  it('deletes that one pod, and the drain goes on as its budget then lets it', async () => {
    const { cluster, running } = await blocked();
    running.order(force('web-0'));
    await played(pause(1_000));
    expect(deletions(cluster)).toEqual(['delete web-0']);
    expect(running.deleted).toEqual(['web-0']);
    // Its replacement is elsewhere; the second pod still waits for the budget.
    await played(pause(HOUR / 2));
    expect(cluster.podsOn('w-1')).toEqual(['web-1']);
    running.order(force('web-1'));
    expect(await played(running.outcome)).toEqual({ kind: 'done' });
    expect(running.deleted).toEqual(['web-0', 'web-1']);
  });

  it('deletes nothing where the record says so and the bot did not sign it', async () => {
    const { cluster, running } = await blocked();
    running.order(force('web-0'), 'forged');
    await played(pause(HOUR / 2));
    expect(deletions(cluster)).toEqual([]);
    running.order(ABORT);
    await played(running.outcome);
  });

  it('deletes no other pod that has the name by then, and none that may leave by itself', async () => {
    const { cluster, running } = await blocked();
    running.order(force('web-0', 'uid-of-before'));
    await played(pause(1_000));
    expect(deletions(cluster)).toEqual([]);
    running.order({ kind: 'pause' });
    running.order({ kind: 'resume' });
    cluster.putPod(pod('web-2', 'w-2'));
    cluster.putPod(pod('web-3', 'w-2'));
    expect(await played(running.outcome)).toEqual({ kind: 'done' });
    expect(deletions(cluster)).toEqual([]);
  });

  it('is followed once by the worker that takes the drain over', async () => {
    const cluster = createExample(2);
    const life = new AbortController();
    const first = startWorker(cluster, {}, { signal: life.signal });
    await played(pause(10 * MINUTE));
    life.abort(new Error('killed'));
    await expect(played(first.outcome)).rejects.toThrow('killed');
    const second = startWorker(cluster, { reached: first.reached() });
    await played(pause(1_000));
    second.order(force('web-0'));
    await played(pause(MINUTE));
    expect(deletions(cluster)).toEqual(['delete web-0']);
    second.order(ABORT);
    await played(second.outcome);
  });
});
