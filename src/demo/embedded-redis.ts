import { createServer, type Socket } from 'node:net';
import {
  attachSession,
  createRedisCommandExecutor,
  RedisServerState,
  SocketConnectionTransport,
} from 'js-redis-server/core';

export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

const DATABASES = 16;

/**
 * A Redis within this process, for the demo and for fast tests: no persistence, nothing to install.
 * Built on the package's core because its own server listens on every interface, and this one must not be reachable
 * from elsewhere.
 */
export async function startEmbeddedRedis(): Promise<RedisServer> {
  const state = new RedisServerState({ databaseCount: DATABASES });
  const executor = createRedisCommandExecutor();
  const sockets = new Set<Socket>();
  const server = createServer({ keepAlive: true, noDelay: true }, socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    attachSession(new SocketConnectionTransport(socket), { state, executor });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The embedded Redis has no port.');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    stop: async () => {
      const closed = new Promise(resolve => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      state.close();
    },
  };
}
