import { Redis } from 'ioredis';
import type { NodeJob } from '../../src/app/ports.ts';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import type { Offer } from '../../src/queue/offer.ts';
import { type ConnectedQueues, connectQueues } from '../../src/queue/queues.ts';
import { startWorkerProcess } from '../../src/queue/worker-process.ts';
import { redisTargets, UNHEARD } from '../support/redis.ts';
import { Seen } from '../support/seen.ts';

/** `node-a took it`, `node-b kept it`, in the order in which it happened. */
type Line = string;

const nothing = async () => {};
const work = (id: number): NodeJob => ({ runId: 'r1', work: `h0-0-${id}`, attempt: 1 });

describe.each(redisTargets())('a node job that is offered to workers of other nodes, on $name', ({ start }) => {
  let server: RedisServer;
  let queues: ConnectedQueues;
  let redis: Redis;
  const running: { stop(): Promise<void> }[] = [];
  const errors: Error[] = [];
  const onError = (error: Error) => void errors.push(error);

  beforeAll(async () => {
    server = await start();
    redis = new Redis(server.url);
  });
  beforeEach(async () => {
    await redis.flushall();
    errors.length = 0;
    queues = connectQueues(server.url, { retries: 1, outage: UNHEARD, onError });
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
    await queues.close();
    expect(errors).toEqual([]);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** A worker on `node` that offers every job, or those that `offers` picks, and keeps what it must. */
  async function startWorker(node: string, seen: Seen<Line>, offers: (job: NodeJob) => boolean = () => true) {
    const handle = async (job: NodeJob, offer: Offer) => {
      seen.add(`${node} took ${job.work}`);
      if (offers(job) && (await offer())) return;
      seen.add(`${node} kept ${job.work}`);
    };
    const worker = await startWorkerProcess({
      outage: UNHEARD,
      redisUrl: server.url,
      cluster: 'prod',
      node,
      lockSeconds: 2,
      onError,
      handlers: {
        connected: nothing,
        answer: nothing,
        event: nothing,
        decided: nothing,
        commanded: nothing,
        node: (job, _signal, offer) => handle(job, offer),
      },
    });
    running.push(worker);
    return worker;
  }
  const kept = (seen: Seen<Line>) => seen.all.filter(line => line.includes(' kept '));
  async function until(seen: Seen<Line>, count: number): Promise<void> {
    while (kept(seen).length < count) await seen.until(seen.all.length + 1);
  }

  test('is taken by one of them at once', async () => {
    const seen = new Seen<Line>();
    await startWorker('node-a', seen);
    await queues.nodeWork('prod', work(0));
    await until(seen, 1);
    expect(seen.all).toEqual(['node-a took h0-0-0', 'node-a kept h0-0-0']);
    await startWorker('node-b', seen, () => false);
    const before = performance.now();
    for (let id = 1; id <= 20; id += 1) {
      await queues.nodeWork('prod', work(id));
      await until(seen, id + 1);
    }
    // One wait for the time of an offer would take two seconds.
    expect(performance.now() - before).toBeLessThan(4_000);
    expect(kept(seen).slice(1)).toEqual(Array.from({ length: 20 }, (_, id) => `node-b kept h0-0-${id + 1}`));
  });

  test('stays with its worker where all others are on the same node', async () => {
    const seen = new Seen<Line>();
    await startWorker('node-a', seen);
    await startWorker('node-a', seen);
    await queues.nodeWork('prod', work(1));
    await until(seen, 1);
    expect(seen.all).toEqual(['node-a took h0-0-1', 'node-a kept h0-0-1']);
  });

  test('comes back to its worker where the other one listens and takes nothing', async () => {
    const seen = new Seen<Line>();
    const silent = redis.duplicate();
    await silent.client('SETNAME', `capstan:${Buffer.from('node.prod').toString('base64')}:w:node-b`);
    await startWorker('node-a', seen);
    const before = performance.now();
    await queues.nodeWork('prod', work(1));
    await until(seen, 1);
    expect(performance.now() - before).toBeGreaterThan(1_900);
    expect(kept(seen)).toEqual(['node-a kept h0-0-1']);
    // Once, and once more where a connection that waited for work already won it.
    expect(seen.all.length).toBeLessThanOrEqual(4);
    silent.disconnect();
  });

  test('does not go round in circles where everybody offers it', async () => {
    const seen = new Seen<Line>();
    await startWorker('node-a', seen);
    await startWorker('node-b', seen);
    await startWorker('node-c', seen);
    await queues.nodeWork('prod', work(1));
    await until(seen, 1);
    expect(kept(seen)).toHaveLength(1);
    // Each of the three at most twice, and the one that keeps it.
    expect(seen.all.length).toBeLessThanOrEqual(8);
  });

  test('is not lost where its worker stops while it is on offer', async () => {
    const seen = new Seen<Line>();
    const silent = redis.duplicate();
    await silent.client('SETNAME', `capstan:${Buffer.from('node.prod').toString('base64')}:w:node-b`);
    const first = await startWorker('node-a', seen);
    await queues.nodeWork('prod', work(1));
    await seen.until(1);
    running.splice(running.indexOf(first), 1);
    await first.stop();
    silent.disconnect();
    await startWorker('node-c', seen);
    await until(seen, 1);
    expect(kept(seen)).toEqual(['node-c kept h0-0-1']);
  });
});
