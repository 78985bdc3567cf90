import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type RedisServer, startEmbeddedRedis } from '../../src/demo/embedded-redis.ts';
import { spawnBoth, spawnWorker } from '../support/spawn-worker.ts';

/** Far less than a pod's grace period of 60 s; what is not stopped by then is killed. */
const BOUND_MS = 20_000;
const WORKING = '"msg":"working"';

describe('a process that is told to stop', () => {
  const children: ChildProcess[] = [];
  let redis: RedisServer;
  let stopped: Promise<void> | undefined;
  const stopRedis = () => {
    stopped ??= redis.stop();
    return stopped;
  };

  beforeEach(async () => {
    redis = await startEmbeddedRedis();
    stopped = undefined;
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await stopRedis();
  });

  /** Once it has said these words in its log. */
  async function said(words: string, child: ReturnType<typeof spawnWorker>): Promise<ChildProcess> {
    children.push(child);
    let log = '';
    const late = AbortSignal.timeout(BOUND_MS);
    while (!log.includes(words)) {
      const [piece] = await once(child.stderr, 'data', { signal: late });
      log += piece;
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
    const child = await said(WORKING, spawnWorker(redis.url));
    expect(await endOf(child)).toBe(0);
  });

  test('ends in time though Redis is away', async () => {
    const child = await said(WORKING, spawnWorker(redis.url));
    await stopRedis();
    expect(await endOf(child)).toBe(0);
  });

  test('ends in good order though it has waited for Redis ever since it began', async () => {
    await stopRedis();
    const child = await said('Redis cannot be reached, and is looked for', spawnWorker(redis.url));
    expect(await endOf(child)).toBe(0);
  });

  test('does not wait for Slack before its worker works, nor before it ends', async () => {
    const child = await said(WORKING, spawnBoth(redis.url));
    expect(await endOf(child)).toBe(0);
  });
});
