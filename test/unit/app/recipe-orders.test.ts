import * as fc from 'fast-check';
import type { Order } from '../../../src/approval/order.ts';
import { NOW, version } from '../plan/cluster-builder.ts';
import { ABORT, afterOrder, createExample, GIVEN_BACK, MINUTE, SKIP } from './ordered-scene.ts';
import { CLAIM, startWorker } from './recipe-example.ts';
import { pause, played, resumeTime, stopTime } from './virtual-time.ts';

beforeEach(() => stopTime(NOW));
afterEach(resumeTime);

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

  it('that comes just when its node is deleted finds nothing to give back, and says so', async () => {
    const cluster = createExample(2);
    const running = startWorker(cluster);
    await played(pause(MINUTE));
    cluster.deleteNode('w-1');
    running.order(order);
    expect(await played(running.outcome)).toEqual({ kind: 'vanished', step: 'drain', replaced: false });
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

  it('ends at once the wait for a node that is upgraded and does not become Ready, and gives it back', async () => {
    const cluster = createExample(0);
    setTimeout(() => cluster.putNode('w-1', { ready: 'False' }), 23_500);
    const running = startWorker(cluster);
    const { outcome, ms } = await played(afterOrder(running, 5 * MINUTE, order));
    expect(running.steps.at(-1)).toBe('ready');
    expect(outcome).toEqual({ kind: 'stopped' });
    expect(ms).toBeLessThan(1_000);
    expect(cluster.node('w-1')).toMatchObject({ ...GIVEN_BACK, kubelet: version('1.36.4'), ready: 'False' });
  });

  it('reaches a node that is only waited for through the worker that comes after one which died', async () => {
    const cluster = createExample(0);
    setTimeout(() => cluster.putNode('w-1', { ready: 'False' }), 23_500);
    const life = new AbortController();
    const first = startWorker(cluster, {}, { signal: life.signal });
    void pause(MINUTE).then(() => life.abort(new Error('killed')));
    await expect(played(first.outcome)).rejects.toThrow('killed');
    const second = startWorker(cluster, { reached: first.reached() });
    const { outcome } = await played(afterOrder(second, 0, order));
    expect(outcome).toEqual({ kind: 'stopped' });
    expect(cluster.node('w-1')).toMatchObject(GIVEN_BACK);
    expect(cluster.started).toHaveLength(1);
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

  it('at any moment leads to a node that is given back, upgraded or its host never touched', async () => {
    const moment = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 40_000 }));
    await fc.assert(
      fc.asyncProperty(moment, fc.boolean(), async (after, cordoned) => {
        const cluster = createExample(0, { unschedulable: cordoned });
        const running = startWorker(cluster);
        const { outcome } = await played(afterOrder(running, after, order));
        const upgraded = outcome.kind !== 'stopped' || running.steps.at(-1) === 'ready';
        expect(outcome.kind).not.toBe('failed');
        expect(cluster.started).toEqual(upgraded ? ['r1-h0-2-w-1-1'] : []);
        const kubelet = version(upgraded ? '1.36.4' : '1.35.4');
        expect(cluster.node('w-1')).toMatchObject({ claim: undefined, unschedulable: cordoned, kubelet });
      }),
      { numRuns: 100 },
    );
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
