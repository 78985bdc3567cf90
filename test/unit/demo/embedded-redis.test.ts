import { once } from 'node:events';
import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { startEmbeddedRedis } from '../../../src/demo/embedded-redis.ts';

describe('the embedded Redis', () => {
  it('answers a client over its protocol', async () => {
    const server = await startEmbeddedRedis();
    const client = new Redis(server.url);
    expect(await client.ping()).toBe('PONG');
    await client.set('key', 'value');
    expect(await client.get('key')).toBe('value');
    expect(await client.eval("return redis.call('GET', KEYS[1]) .. '!'", 1, 'key')).toBe('value!');
    client.disconnect();
    await server.stop();
  });

  it('keeps nothing from the one before, nor from one beside it', async () => {
    const [one, other] = await Promise.all([startEmbeddedRedis(), startEmbeddedRedis()]);
    const clients = [one, other].map(({ url }) => new Redis(url));
    await clients[0]?.set('key', 'mine');
    expect(await clients[1]?.get('key')).toBeNull();
    for (const client of clients) client.disconnect();
    await Promise.all([one.stop(), other.stop()]);
  });

  it('listens on 127.0.0.1 only', async () => {
    const server = await startEmbeddedRedis();
    const port = Number(new URL(server.url).port);
    const [error] = await once(connect(port, '127.0.0.2'), 'error').catch(reason => [reason]);
    expect(['ECONNREFUSED', 'EADDRNOTAVAIL', 'ENETUNREACH', 'EHOSTUNREACH']).toContain(error.code);
    await server.stop();
  });

  it('lets go of its clients and its port when it stops', async () => {
    const server = await startEmbeddedRedis();
    const client = new Redis(server.url, { retryStrategy: () => null });
    await client.ping();
    const ended = once(client, 'end');
    await server.stop();
    await ended;
    const port = Number(new URL(server.url).port);
    const [error] = await once(connect(port, '127.0.0.1'), 'error').catch(reason => [reason]);
    expect(error.code).toBe('ECONNREFUSED');
  });
});
