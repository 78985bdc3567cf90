import { setTimeout as delay } from 'node:timers/promises';
import { createOutage } from '../../src/app/outage.ts';
import type { NodeJob } from '../../src/app/ports.ts';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import type { Reach } from '../../src/queue/connection.ts';
import { type ConnectedQueues, connectQueues } from '../../src/queue/queues.ts';
import { startWorkerProcess } from '../../src/queue/worker-process.ts';
import { connectStore } from '../../src/store/store.ts';
import { redisTargets, UNHEARD } from '../support/redis.ts';
import { Seen } from '../support/seen.ts';
import { type SwitchableProxy, startSwitchableProxy } from '../support/switchable-proxy.ts';

const work: NodeJob = { runId: 'r1', work: 'h0-0-node-1.example', attempt: 1 };
/** So often are connections refused until each of a worker's has a pause of some 100 ms before its next try. */
const REFUSALS = 6;
/** Longer than a worker that is told to stop waits for Redis. */
const UNCUT_MS = 11_000;

describe.each(redisTargets())('a worker of the queues on $name', ({ start }) => {
  let server: RedisServer;
  let proxy: SwitchableProxy;
  let queues: ConnectedQueues;
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await start();
    proxy = await startSwitchableProxy(Number(new URL(server.url).port));
    queues = connectQueues(server.url, { retries: 1, outage: UNHEARD, onError: () => {} });
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });
  afterAll(async () => {
    await queues.close();
    await proxy.cut();
    await server.stop();
  });

  function startWorker(
    redisUrl: string,
    node: (job: NodeJob, signal: AbortSignal) => Promise<void>,
    { onError = () => {}, outage = UNHEARD }: Partial<Pick<Reach, 'onError' | 'outage'>> = {},
  ) {
    const nothing = async () => {};
    const others = { connected: nothing, answer: nothing, event: nothing, decided: nothing, commanded: nothing };
    return startWorkerProcess({
      redisUrl,
      outage,
      cluster: 'prod',
      lockSeconds: 15,
      onError,
      handlers: { ...others, node },
    });
  }

  test('that is told to stop while Redis is away hands its job on as soon as it is back', async () => {
    const first = new Seen<NodeJob>();
    const second = new Seen<NodeJob>();
    const refusals = new Seen<Error>();
    const stopping = await startWorker(
      `redis://127.0.0.1:${proxy.port}`,
      (job, signal) =>
        new Promise((_resolve, reject) => {
          first.add(job);
          signal.addEventListener('abort', () => reject(new Error('interrupted')));
        }),
      { outage: { line: () => ({ lost: error => refusals.add(error), back: () => {} }) } },
    );
    await queues.nodeWork('prod', work);
    await first.until(1);
    running.push(await startWorker(server.url, async job => second.add(job)));
    await proxy.cut();
    await refusals.until(REFUSALS);
    const stopped = stopping.stop();
    await proxy.restore();
    const before = performance.now();
    await stopped;
    expect(await second.until(1)).toEqual([work]);
    expect(performance.now() - before).toBeLessThan(4_000);
    expect(first.all).toEqual([work]);
  });

  test('that is told to stop waits for what must not be cut off, and hands its job on then', async () => {
    const first = new Seen<NodeJob>();
    const second = new Seen<NodeJob>();
    let ended = false;
    const stopping = await startWorker(server.url, async (job, signal) => {
      first.add(job);
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
      await delay(UNCUT_MS);
      ended = true;
      throw new Error('interrupted');
    });
    const uncut = { ...work, runId: 'r3' };
    await queues.nodeWork('prod', uncut);
    await first.until(1);
    running.push(await startWorker(server.url, async job => second.add(job)));
    await stopping.stop();
    expect(ended).toBe(true);
    expect(await second.until(1)).toEqual([uncut]);
  }, 40_000);

  test('tells of an outage once when it begins and once when it is over, with its store and queues together', async () => {
    const told: string[] = [];
    const ended = new Seen<number>();
    const outage = createOutage({
      onBegin: error => void told.push(`lost: ${error.message.slice(0, 20)}`),
      onEnd: ms => {
        told.push('back');
        ended.add(ms);
      },
      clock: Date,
    });
    const onError = (error: Error) => void told.push(error.message);
    const redisUrl = `redis://127.0.0.1:${proxy.port}`;
    const reach = { retries: null, outage, onError };
    const store = connectStore(redisUrl, reach);
    const own = connectQueues(redisUrl, reach);
    const worker = await startWorker(redisUrl, async () => {}, { outage, onError });
    await store.latestRun('prod');
    await own.listeners('prod');
    for (let outages = 1; outages <= 2; outages += 1) {
      await proxy.cut();
      const pending = store.latestRun('prod');
      await delay(1_500);
      await proxy.restore();
      await pending;
      await ended.until(outages);
    }
    await worker.stop();
    await own.close();
    await store.close();
    expect(told).toEqual([expect.stringMatching(/^lost: /), 'back', expect.stringMatching(/^lost: /), 'back']);
    for (const ms of ended.all) expect(ms).toBeGreaterThan(1_000);
  });

  test('finds Redis again where connections stand and bring no answer, though it started in such a moment', async () => {
    const seen = new Seen<NodeJob>();
    const redisUrl = `redis://127.0.0.1:${proxy.port}`;
    const before = connectQueues(redisUrl, { retries: null, outage: UNHEARD, onError: () => {} });
    await before.listeners('prod');
    proxy.stall();
    const starting = startWorker(redisUrl, async job => seen.add(job));
    const listeners = before.listeners('prod');
    await delay(500);
    await proxy.restore();
    await queues.nodeWork('prod', { ...work, runId: 'r2' });
    expect((await seen.until(1))[0]?.runId).toBe('r2');
    expect(await listeners).toBeGreaterThanOrEqual(0);
    running.push(await starting);
    await before.close();
  }, 40_000);
});
