import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const PORT = 6379;

export interface RealRedis {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A real redis-server, set up as an installation would: every write appended to disk, nothing ever evicted. It listens
 * on the loopback interface of the hosts' network, which is not the machine's, so the usual port is free.
 */
export async function startRedis(folder: string): Promise<RealRedis> {
  const settings = {
    port: String(PORT),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
  };
  const child = spawn(
    'redis-server',
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const ready = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.includes('Ready to accept connections')) return;
    }
    throw new Error('redis-server ended before it was ready.');
  })();
  await ready;
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${PORT}`,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
