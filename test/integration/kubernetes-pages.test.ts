import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ClusterUnreachable } from '../../src/app/ports.ts';
import { kubeconfigOf } from '../../src/demo/cluster/kubeconfig.ts';
import { createClient, type KubeClient } from '../../src/kubernetes/client.ts';
import { list } from '../../src/kubernetes/collection.ts';
import { loadConnection } from '../../src/kubernetes/connection.ts';
import { NEVER } from '../support/kubernetes.ts';

const PODS = { path: '/api/v1/pods', resource: 'pods' };

/** A request that waits for the test to answer it. */
interface Asked {
  readonly token: string | null;
  readonly gzip: boolean;
  readonly response: ServerResponse;
}

let server: Server;
let client: KubeClient;
let asked: Asked[];
let waiting: (() => void)[];
const folder = mkdtempSync(join(tmpdir(), 'capstan-pages-'));

beforeEach(async () => {
  asked = [];
  waiting = [];
  server = createServer(({ url = '', headers }, response) => {
    if (url === '/readyz') return response.end('ok');
    const { searchParams } = new URL(url, 'http://server');
    const gzip = headers['accept-encoding'] === 'gzip';
    asked.push({ token: searchParams.get('continue'), gzip, response });
    for (const wake of waiting.splice(0)) wake();
    return undefined;
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const file = join(folder, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  writeFileSync(file, kubeconfigOf('here', `http://127.0.0.1:${port}`, 'token'));
  client = createClient(loadConnection({ kubeconfig: file }), { patienceMs: 10_000, onWarning: () => undefined });
});

afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** The n-th request, once it has come. */
async function request(place: number): Promise<Asked> {
  for (;;) {
    const found = asked[place];
    if (found) return found;
    await new Promise<void>(resolve => waiting.push(resolve));
  }
}

function head(resourceVersion: string, next?: string): string {
  return `{"kind":"PodList","metadata":${JSON.stringify({ resourceVersion, continue: next })},"items":[`;
}

function named(...names: readonly string[]): string {
  return names.map(name => JSON.stringify({ metadata: { name } })).join();
}

interface Named {
  readonly metadata: { readonly name: string };
}

function names(seen: string[] = []): Promise<{ readonly items: readonly string[]; readonly resourceVersion: string }> {
  const view = ({ metadata }: Named) => {
    seen.push(metadata.name);
    return metadata.name;
  };
  return list(client, PODS, view, NEVER);
}

describe('a list of several pages', () => {
  it('asks for the next page as soon as this one names it, and for no third before this one is through', async () => {
    const listed = names();
    const first = await request(0);
    first.response.write(head('7', 'second'));
    const second = await request(1);
    expect(second.token).toBe('second');
    second.response.write(head('7', 'third'));
    second.response.end(`${named('b')}]}`);
    first.response.write(`${named('a')}`);
    expect(asked).toHaveLength(2);
    first.response.end(']}');
    const third = await request(2);
    third.response.end(`${head('7')}${named('c')}]}`);
    expect(await listed).toEqual({ items: ['a', 'b', 'c'], resourceVersion: '7' });
  });

  it('takes each object as soon as it has come', async () => {
    const seen: string[] = [];
    const listed = names(seen);
    const { response } = await request(0);
    response.write(`${head('7', 'second')}${named('a', 'b')},{"metadata":{"na`);
    // The second page is asked for by whoever has read the first so far.
    const second = await request(1);
    expect(seen).toEqual(['a', 'b']);
    response.end(`me":"c"}}]}`);
    second.response.end(`${head('7')}]}`);
    expect((await listed).items).toEqual(['a', 'b', 'c']);
  });

  it('is asked for compressed, and read so', async () => {
    const listed = names();
    const { gzip, response } = await request(0);
    expect(gzip).toBe(true);
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync(`${head('7')}${named('ä', 'b')}]}`));
    expect((await listed).items).toEqual(['ä', 'b']);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['broke off', response => response.destroy()],
    ['came to a wrong end', response => response.end()],
    ['turned out to be no JSON', response => response.end(',{what}]}')],
  ])('asks again for a page that %s, and counts nothing twice', async (_what, spoil) => {
    const listed = names();
    (await request(0)).response.end(`${head('7', 'second')}${named('a')}]}`);
    const second = await request(1);
    second.response.write(`${head('7')}${named('b')}`);
    spoil(second.response);
    const again = await request(2);
    expect(again.token).toBe('second');
    again.response.end(`${head('7')}${named('b', 'c')}]}`);
    expect((await listed).items).toEqual(['a', 'b', 'c']);
  });

  it('begins anew where its first page had to be asked for again and shows another moment than the second', async () => {
    const listed = names();
    const first = await request(0);
    first.response.write(head('7', 'second-of-7'));
    const second = await request(1);
    first.response.destroy();
    const firstAgain = await request(2);
    expect(firstAgain.token).toBeNull();
    firstAgain.response.end(`${head('8', 'second-of-8')}${named('a')}]}`);
    second.response.end(`${head('7')}${named('old')}]}`);
    const anew = await request(3);
    expect(anew.token).toBeNull();
    anew.response.end(`${head('9')}${named('a', 'b')}]}`);
    expect(await listed).toEqual({ items: ['a', 'b'], resourceVersion: '9' });
  });

  it('leaves no request behind where it fails', async () => {
    const impatient = createClient(loadConnection({ kubeconfig: join(folder, 'kubeconfig') }), {
      patienceMs: 300,
      onWarning: () => undefined,
    });
    const listed = list(impatient, PODS, ({ metadata }: Named) => metadata.name, NEVER);
    const first = await request(0);
    first.response.write(head('7', 'second'));
    const second = await request(1);
    const closed = new Promise(resolve => second.response.once('close', resolve));
    await expect(listed).rejects.toThrow(ClusterUnreachable);
    await closed;
    impatient.close();
  });
});
