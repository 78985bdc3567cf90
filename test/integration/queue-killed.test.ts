import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import { type ConnectedQueues, connectQueues } from '../../src/queue/queues.ts';
import { redisTargets, UNHEARD } from '../support/redis.ts';
import { Seen } from '../support/seen.ts';

const WORKER = fileURLToPath(new URL('../support/queue-worker.ts', import.meta.url));
const LOCK_SECONDS = 3;
/** What loading a process and a busy machine take beside the lock and its checks. */
const SLACK_MS = 6_000;

describe.each(redisTargets())('the jobs of workers that are killed, on $name', ({ start }) => {
  let server: RedisServer;
  let queues: ConnectedQueues;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await start();
    queues = connectQueues(server.url, { retries: 1, outage: UNHEARD, onError: () => {}, tickSeconds: 1 });
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await queues.close();
    await server.stop();
  });

  /** Two processes; `seen` is what they say. */
  function crew(): { readonly seen: Seen<string>; kill(): void } {
    const seen = new Seen<string>();
    const two = [1, 2].map(() => {
      const options = ['--disable-warning=ExperimentalWarning', WORKER, server.url, String(LOCK_SECONDS)];
      const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
      createInterface({ input: child.stdout }).on('line', line => seen.add(Object.keys(JSON.parse(line))[0] ?? ''));
      children.push(child);
      return child;
    });
    const kill = () => {
      for (const child of two) child.kill('SIGKILL');
    };
    return { seen, kill };
  }

  test('are found by others within four thirds of the lock, those of the run as well as those of nodes', async () => {
    const first = crew();
    await queues.startTick('prod', 'r1');
    await queues.nodeWork('prod', { runId: 'r1', work: 'w1', attempt: 1 });
    await queues.decided('prod', 'p1', 'd1');
    await Promise.all(['node', 'decided'].map(what => first.seen.untilSeen(what)));
    first.kill();
    const killed = performance.now();
    const second = crew();
    await Promise.all(['node', 'decided'].map(what => second.seen.untilSeen(what)));
    expect(performance.now() - killed).toBeLessThan((LOCK_SECONDS * 4_000) / 3 + SLACK_MS);
    await queues.stopTick('prod', 'r1');
  });
});
