import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Outage } from '../../src/app/outage.ts';
import { type RedisServer, startEmbeddedRedis } from '../../src/demo/embedded-redis.ts';
import { leashed } from '../controlplane/leash.ts';

export interface RedisTarget {
  readonly name: string;
  start(): Promise<RedisServer>;
}

const EMBEDDED: RedisTarget = { name: 'embedded Redis', start: startEmbeddedRedis };
const REAL: RedisTarget = { name: 'redis-server', start: startRealRedis };

/** For connections that nobody listens to. */
export const UNHEARD: Outage = { line: () => ({ lost: () => undefined, back: () => undefined }) };

/** Every Redis that this machine has; the output names the one that is missing. */
export function redisTargets(): readonly RedisTarget[] {
  if (spawnSync('redis-server', ['--version']).status === 0) return [EMBEDDED, REAL];
  process.stderr.write('redis-server is not on the PATH: these tests run on the embedded Redis only.\n');
  return [EMBEDDED];
}

/** A `redis-server` of our own: loopback, a free port, nothing written to disk. */
async function startRealRedis(): Promise<RedisServer> {
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(...leashed('redis-server', args), { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Ready to accept connections')) break;
  }
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port was found');
  return address.port;
}
