import type { NodeJob } from '../../src/app/ports.ts';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import { type ConnectedQueues, connectQueues } from '../../src/queue/queues.ts';
import { startWorkerProcess } from '../../src/queue/worker-process.ts';
import { redisTargets } from '../support/redis.ts';
import { Seen } from '../support/seen.ts';
import { type SwitchableProxy, startSwitchableProxy } from '../support/switchable-proxy.ts';

const work: NodeJob = { runId: 'r1', work: 'h0-0-node-1.example', attempt: 1 };
/** Refused so often, on all connections of a worker, that each has a pause of some 100 ms before its next try. */
const REFUSALS = 40;

describe.each(redisTargets())('a worker of the queues on $name', ({ start }) => {
  let server: RedisServer;
  let proxy: SwitchableProxy;
  let queues: ConnectedQueues;
  const running: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await start();
    proxy = await startSwitchableProxy(Number(new URL(server.url).port));
    queues = connectQueues(server.url, { retries: 1, onError: () => {} });
  });
  afterAll(async () => {
    for (const each of running) await each.stop();
    await queues.close();
    await proxy.cut();
    await server.stop();
  });

  function startWorker(
    redisUrl: string,
    node: (job: NodeJob, signal: AbortSignal) => Promise<void>,
    onError: (error: Error) => void,
  ) {
    const nothing = async () => {};
    const others = { connected: nothing, answer: nothing, event: nothing, decided: nothing, commanded: nothing };
    return startWorkerProcess({ redisUrl, cluster: 'prod', lockSeconds: 15, onError, handlers: { ...others, node } });
  }

  test('that is told to stop while Redis is away hands its job on as soon as it is back', async () => {
    const first = new Seen<NodeJob>();
    const second = new Seen<NodeJob>();
    const outages = new Seen<Error>();
    const stopping = await startWorker(
      `redis://127.0.0.1:${proxy.port}`,
      (job, signal) =>
        new Promise((_resolve, reject) => {
          first.add(job);
          signal.addEventListener('abort', () => reject(new Error('interrupted')));
        }),
      error => outages.add(error),
    );
    await queues.nodeWork('prod', work);
    await first.until(1);
    running.push(
      await startWorker(
        server.url,
        async job => second.add(job),
        () => {},
      ),
    );
    await proxy.cut();
    await outages.until(REFUSALS);
    const stopped = stopping.stop();
    await proxy.restore();
    const before = performance.now();
    await stopped;
    expect(await second.until(1)).toEqual([work]);
    expect(performance.now() - before).toBeLessThan(4_000);
    expect(first.all).toEqual([work]);
  });
});
