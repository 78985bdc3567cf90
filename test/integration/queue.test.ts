import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Delivery } from '../../src/app/delivery.ts';
import type { Ask, Notice } from '../../src/app/messages.ts';
import type { NodeJob } from '../../src/app/ports.ts';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import { startOutbox } from '../../src/queue/outbox.ts';
import { type ConnectedQueues, connectQueues } from '../../src/queue/queues.ts';
import { startWorkerProcess, type WorkerHandlers } from '../../src/queue/worker-process.ts';
import type { RunEvent } from '../../src/run/run.ts';
import { askingOf } from '../support/asking.ts';
import { redisTargets, UNHEARD } from '../support/redis.ts';
import { Seen } from '../support/seen.ts';

const replyTo = { channel: 'C1', user: 'UALICE', responseUrl: 'http://127.0.0.1/' };
const question: Ask = {
  id: 'k7m2q9x4ab',
  cluster: 'prod',
  replyTo,
  asking: askingOf('k7m2q9x4ab', replyTo),
  question: { kind: 'status' },
};
const work: NodeJob = { runId: 'r1', work: 'h0-0-node-1.example', attempt: 1 };

function note(id: number): Notice {
  return {
    kind: 'run-note',
    runId: 'r1',
    note: { kind: 'command-refused', command: 'pause', by: 'UBOB', why: `${id}` },
  };
}
const status: Notice = { kind: 'run-status', runId: 'r1' };

describe.each(redisTargets())('the queues on $name', ({ start }) => {
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
    queues = connectQueues(server.url, { retries: 1, outage: UNHEARD, onError, tickSeconds: 1 });
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
    await queues.close();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  async function startWorker(handlers: Partial<WorkerHandlers>, lockSeconds = 15) {
    const nothing = async () => {};
    const worker = await startWorkerProcess({
      outage: UNHEARD,
      redisUrl: server.url,
      cluster: 'prod',
      lockSeconds,
      onError,
      handlers: {
        connected: nothing,
        answer: nothing,
        event: nothing,
        decided: nothing,
        commanded: nothing,
        node: nothing,
        ...handlers,
      },
    });
    running.push(worker);
    return worker;
  }
  async function startDelivery(deliver: (notice: Notice) => Promise<Delivery>) {
    running.push(await startOutbox({ redisUrl: server.url, outage: UNHEARD, deliver, onError }));
  }

  test('a question reaches the worker of its cluster, once however often it was asked', async () => {
    const seen = new Seen<Ask>();
    await startWorker({ answer: async ask => seen.add(ask) });
    await queues.ask(question);
    await queues.ask(question);
    await queues.ask({ ...question, id: 'other' });
    expect((await seen.until(2)).map(({ id }) => id)).toEqual([question.id, 'other']);
  });

  test('a bot can see whether any worker listens', async () => {
    expect(await queues.listeners('prod')).toBe(0);
    await startWorker({});
    expect(await queues.listeners('prod')).toBe(1);
    expect(await queues.listeners('staging')).toBe(0);
  });

  test('events of a run are handled one at a time in their order, though two workers serve the queue', async () => {
    const seen = new Seen<string>();
    let busy = 0;
    const event = async (_run: string, { kind }: RunEvent) => {
      busy += 1;
      seen.add(`${kind} ${busy}`);
      await delay(20);
      busy -= 1;
    };
    await startWorker({ event });
    await startWorker({ event });
    await queues.runEvent('prod', 'r1', 'a', { kind: 'begin' });
    for (const id of ['b', 'c', 'd']) {
      await queues.runEvent('prod', 'r1', id, { kind: 'step', work: 'w', attempt: 1, step: 'drain' });
    }
    expect(await seen.until(4)).toEqual(['begin 1', 'step 1', 'step 1', 'step 1']);
  });

  test('an error is tried again until it passes', async () => {
    const seen = new Seen<string>();
    await startWorker({
      decided: async planId => {
        seen.add(planId);
        if (seen.all.length === 1) throw new Error('for a moment');
      },
    });
    await queues.decided('prod', 'p1', 'd1');
    expect(await seen.until(2)).toEqual(['p1', 'p1']);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('for a moment')]);
  });

  test('a payload of another shape is set aside, and the next is handled', async () => {
    const seen = new Seen<string>();
    await queues.runEvent('prod', 'r1', 'x', { kind: 'begin' });
    await redis.hset('capstan:run.prod:event-x', 'data', '{"kind":"event","runId":7}');
    await queues.decided('prod', 'p1', 'd1');
    await startWorker({ decided: async planId => seen.add(planId) });
    await seen.until(1);
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('cannot be read')]);
  });

  test('a worker that stops hands its job to another at once', async () => {
    const first = new Seen<NodeJob>();
    const second = new Seen<NodeJob>();
    const stopping = await startWorker({
      node: (job, signal) =>
        new Promise((_resolve, reject) => {
          first.add(job);
          signal.addEventListener('abort', () => reject(new Error('interrupted')));
        }),
    });
    await queues.nodeWork('prod', work);
    await first.until(1);
    await startWorker({ node: async job => second.add(job) });
    const before = performance.now();
    running.splice(running.indexOf(stopping), 1);
    await stopping.stop();
    expect(await second.until(1)).toEqual([work]);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test("a worker that died without a word is replaced within four thirds of its lock's time", async () => {
    // A lock that nobody renews stands for the dead worker: the job is active and its owner is gone.
    const seen = new Seen<NodeJob>();
    await queues.nodeWork('prod', work);
    await redis.rpoplpush('capstan:node.prod:wait', 'capstan:node.prod:active');
    await redis.set('capstan:node.prod:node-r1-h0-0-node-1.example-1:lock', 'dead', 'PX', 1_500);
    await startWorker({ node: async job => seen.add(job) }, 1.5);
    expect(await seen.until(1)).toEqual([work]);
  });

  test('a job whose lock was taken away is cancelled', async () => {
    const seen = new Seen<string>();
    await startWorker(
      {
        node: (_job, signal) =>
          new Promise((_resolve, reject) => {
            seen.add('started');
            signal.addEventListener('abort', () => {
              seen.add('cancelled');
              reject(new Error('interrupted'));
            });
          }),
      },
      1,
    );
    await queues.nodeWork('prod', work);
    await seen.until(1);
    await redis.set('capstan:node.prod:node-r1-h0-0-node-1.example-1:lock', 'another worker');
    expect(await seen.until(2)).toEqual(['started', 'cancelled']);
  });

  test('a run is ticked until it ends, and the tick stands again in an emptied Redis', async () => {
    const seen = new Seen<RunEvent>();
    const connected = new Seen<string>();
    await startWorker({
      connected: async () => {
        await queues.startTick('prod', 'r1');
        connected.add('connected');
      },
      event: async (_run, event) => seen.add(event),
    });
    await seen.until(2);
    await redis.flushall();
    const workers = await redis.client('LIST');
    for (const [, id] of String(workers).matchAll(/id=(\d+) /g)) {
      if (id !== undefined && Number(id) !== (await redis.client('ID'))) await redis.client('KILL', 'ID', id);
    }
    await connected.until(2);
    expect(await redis.hget('capstan:run.prod:meta', 'concurrency')).toBe('1');
    await seen.until(seen.all.length + 1);
    await queues.stopTick('prod', 'r1');
    expect(await redis.zcard('capstan:run.prod:repeat')).toBe(0);
  });

  test('notices are delivered in the order in which they were made, each id once', async () => {
    const seen = new Seen<Notice>();
    for (const id of [1, 2, 2, 3]) await queues.notify(`n${id}`, note(id));
    await startDelivery(async notice => {
      seen.add(notice);
      return { kind: 'done' };
    });
    expect(await seen.until(3)).toEqual([note(1), note(2), note(3)]);
  });

  test('while Slack wants a pause the notice stays first in line, and nothing is lost', async () => {
    const seen = new Seen<Notice>();
    let refusals = 2;
    for (const id of [1, 2, 3]) await queues.notify(`n${id}`, note(id));
    const before = performance.now();
    await startDelivery(async notice => {
      refusals -= 1;
      if (refusals >= 0) return { kind: 'later', afterMs: 300, why: 'ratelimited' };
      seen.add(notice);
      return { kind: 'done' };
    });
    expect(await seen.until(3)).toEqual([note(1), note(2), note(3)]);
    expect(performance.now() - before).toBeGreaterThan(550);
  });

  test('an error while delivering keeps the notice first in line', async () => {
    const seen = new Seen<Notice>();
    let failures = 1;
    for (const id of [1, 2]) await queues.notify(`n${id}`, note(id));
    await startDelivery(async notice => {
      failures -= 1;
      if (failures >= 0) throw new Error('the store is away');
      seen.add(notice);
      return { kind: 'done' };
    });
    expect(await seen.until(2)).toEqual([note(1), note(2)]);
  });

  test('a notice that cannot be delivered is reported, and the next goes out', async () => {
    const seen = new Seen<Notice>();
    for (const id of [1, 2]) await queues.notify(`n${id}`, note(id));
    await startDelivery(async notice => {
      seen.add(notice);
      return seen.all.length === 1 ? { kind: 'dropped', why: 'channel_not_found' } : { kind: 'done' };
    });
    await seen.until(2);
    expect(errors.map(({ message }) => message)).toEqual(['a run-note notice was not delivered: channel_not_found']);
  });

  test('status edits come at most every two seconds, and a change during an edit is shown by the next', async () => {
    const edits = new Seen<number>();
    const began = performance.now();
    let changes = 0;
    await startDelivery(async notice => {
      if (notice.kind !== 'run-status') return { kind: 'done' };
      const state = changes;
      if (edits.all.length === 0) {
        changes += 1;
        await queues.notify('s', status);
      }
      edits.add(state);
      return { kind: 'done' };
    });
    for (let change = 0; change < 20; change += 1) {
      changes += 1;
      await queues.notify('s', status);
    }
    const shown = await edits.until(2);
    expect(shown.at(-1)).toBe(changes);
    expect(performance.now() - began).toBeGreaterThan(1_900);
    await delay(500);
    expect(edits.all.length).toBe(2);
  });
});
