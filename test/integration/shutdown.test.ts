import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type RedisServer, startEmbeddedRedis } from '../../src/demo/embedded-redis.ts';
import { spawnWorker } from '../support/spawn-worker.ts';

/** A pod's grace period is 30 s; what is not stopped by then is killed. */
const BOUND_MS = 20_000;

describe('a process that is told to stop', () => {
  const children: ChildProcess[] = [];
  let redis: RedisServer;

  beforeEach(async () => {
    redis = await startEmbeddedRedis();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  async function startWorker(): Promise<ChildProcess> {
    const child = spawnWorker(redis.url);
    children.push(child);
    let said = '';
    const late = AbortSignal.timeout(BOUND_MS);
    while (!said.includes('"msg":"working"')) {
      const [piece] = await once(child.stderr, 'data', { signal: late });
      said += piece;
    }
    child.stderr.resume();
    return child;
  }

  async function endOf(child: ChildProcess): Promise<unknown> {
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(BOUND_MS) });
    return code;
  }

  test('ends at once', async () => {
    const child = await startWorker();
    expect(await endOf(child)).toBe(0);
    await redis.stop();
  });

  test('ends in time though Redis is away', async () => {
    const child = await startWorker();
    await redis.stop();
    expect(await endOf(child)).toBe(0);
  });
});
