import * as fc from 'fast-check';
import type { Order } from '../../../src/approval/order.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { controlPlane, NOW, pod, version, worker } from '../plan/cluster-builder.ts';
import { createCluster } from './memory-cluster.ts';
import { CLAIM, startWorker, TASK } from './recipe-example.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AT = { work: TASK.work, attempt: TASK.attempt };
const SKIP: Order = { kind: 'skip', at: AT };
const ABORT: Order = { kind: 'abort' };
const GIVEN_BACK = { claim: undefined, unschedulable: false };

/** Two pods on w-1; with `minHealthy` 2 the budget lets none of them go. */
function createExample(minHealthy: number, node: Partial<NodeView> = {}) {
  return createCluster({
    nodes: [worker('w-1', '1.35.4', node), worker('w-2', '1.35.4'), controlPlane('cp-1', '1.35.4')],
    pods: [pod('web-0', 'w-1'), pod('web-1', 'w-1')],
    budgets: { web: minHealthy },
  });
}

type Worker = ReturnType<typeof startWorker>;

/** Gives an order after so long, and says how long the work then went on. */
async function afterOrder(running: Worker, after: number, order: Order) {
  await pause(after);
  const given = Date.now();
  running.order(order);
  const outcome = await running.outcome;
  return { outcome, ms: Date.now() - given };
}

describe.each<[string, Order]>([
  ['to skip the node', SKIP],
  ['to abort the run', ABORT],
])('an order %s', (_what, order) => {
  it('ends a blocked drain at once, and gives the node back', async () => {
    const cluster = createExample(2);
    const running = startWorker(cluster);
    const { outcome, ms } = await played(afterOrder(running, 10 * MINUTE, order));
    expect(outcome).toEqual({ kind: 'stopped' });
    expect(ms).toBeLessThan(1_000);
    expect(cluster.node('w-1')).toMatchObject(GIVEN_BACK);
    expect(cluster.podsOn('w-1')).toEqual(['web-0', 'web-1']);
    expect(cluster.started).toEqual([]);
  });

  it("leaves somebody else's cordon", async () => {
    const cluster = createExample(2, { unschedulable: true });
    const { outcome } = await played(afterOrder(startWorker(cluster), MINUTE, order));
    expect(outcome).toEqual({ kind: 'stopped' });
    expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: true });
  });

  it('ends the preflight at once, and the node was not even cordoned', async () => {
    const cluster = createExample(0);
    const running = startWorker(cluster);
    const { outcome, ms } = await played(afterOrder(running, 500, order));
    expect(running.steps.at(-1)).toBe('preflight');
    expect(outcome).toEqual({ kind: 'stopped' });
    expect(ms).toBeLessThan(1_000);
    expect(cluster.requests.some(request => request.startsWith('cordon'))).toBe(false);
    expect(cluster.node('w-1')).toMatchObject(GIVEN_BACK);
  });

  it('waits for a host that is at work', async () => {
    const cluster = createExample(0);
    const running = startWorker(cluster);
    const { outcome } = await played(afterOrder(running, 10_000, order));
    expect(running.steps.at(-1)).toBe(order.kind === 'abort' ? 'uncordon' : 'gates');
    expect(outcome).toEqual({ kind: order.kind === 'abort' ? 'left' : 'done' });
    expect(cluster.node('w-1')).toMatchObject({ ...GIVEN_BACK, kubelet: version('1.36.4') });
  });

  it('is followed by the next worker where the first one died before it could', async () => {
    const cluster = createExample(2);
    const life = new AbortController();
    const first = startWorker(cluster, {}, { signal: life.signal });
    void pause(MINUTE).then(() => life.abort(new Error('killed')));
    await expect(played(first.outcome)).rejects.toThrow('killed');
    expect(cluster.node('w-1')).toMatchObject({ claim: CLAIM, unschedulable: true });
    const second = startWorker(cluster, { reached: first.reached() });
    const { outcome } = await played(afterOrder(second, 0, order));
    expect(outcome).toEqual({ kind: 'stopped' });
    expect(cluster.node('w-1')).toMatchObject(GIVEN_BACK);
  });

  it('at any moment leads to a node that is upgraded, or given back and its host never touched', async () => {
    const moment = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 40_000 }));
    await fc.assert(
      fc.asyncProperty(moment, fc.boolean(), async (after, cordoned) => {
        const cluster = createExample(0, { unschedulable: cordoned });
        const { outcome } = await played(afterOrder(startWorker(cluster), after, order));
        const upgraded = outcome.kind !== 'stopped';
        expect(outcome.kind).not.toBe('failed');
        expect(cluster.started).toEqual(upgraded ? ['r1-h0-2-w-1-1'] : []);
        expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: cordoned });
      }),
      { numRuns: 100 },
    );
  });
});

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

describe('a worker that stops', () => {
  it.each([
    ['the claim', 1],
    ['the preflight', 500],
    ['the drain', 2_000],
    ['the work on the host', 10_000],
    ['the wait until the node is ready', 28_000],
  ])('leaves %s within a second, and everything to the next one', async (_step, after) => {
    const cluster = createExample(0);
    const life = new AbortController();
    const { outcome } = startWorker(cluster, {}, { signal: life.signal });
    await played(pause(after));
    const stopped = Date.now();
    life.abort(new Error('the worker stops'));
    await expect(played(outcome)).rejects.toThrow('the worker stops');
    expect(Date.now() - stopped).toBeLessThan(1_000);
  });
});
