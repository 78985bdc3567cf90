import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Watches } from '../../../../src/demo/cluster/api/watch.ts';
import { Clock } from '../../../../src/demo/cluster/clock.ts';
import { newObject } from '../../../../src/demo/cluster/store/new-object.ts';
import { ObjectStore } from '../../../../src/demo/cluster/store/object-store.ts';
import { resourceOf } from '../../../../src/demo/cluster/store/resources.ts';
import { Seen } from '../../../support/seen.ts';

describe('open watches', () => {
  const store = new ObjectStore();
  const clock = new Clock(1);
  const watches = new Watches(store, clock);
  const server = createServer((request, response) => {
    const query = new URLSearchParams({ watch: 'true', resourceVersion: String(store.revision) });
    const addressed = { resource: resourceOf('configmaps'), namespace: 'default', name: undefined };
    const rest = { subresource: undefined, contentType: '', metadataOnly: false, manager: 'test', body: undefined };
    watches.open({ method: 'GET', ...addressed, ...rest, query }, response, request.url?.slice(1) ?? '');
  });

  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    clock.stop();
    server.closeAllConnections();
    server.close();
  });

  /** A watch that the API server of that name serves; its lines, and whether it was cut. */
  async function watch(apiServer: string): Promise<{ lines: Seen<string>; cut: Promise<unknown> }> {
    const request = get({ port: (server.address() as AddressInfo).port, path: `/${apiServer}` });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const cut = new Promise(resolve => response.once('close', resolve));
    const lines = new Seen<string>();
    const reading = createInterface(response);
    reading.on('line', line => lines.add((JSON.parse(line) as Line).object.metadata.name));
    // A cut connection is what these tests want.
    reading.on('error', () => reading.close());
    return { lines, cut };
  }

  interface Line {
    readonly object: { readonly metadata: { readonly name: string } };
  }

  const create = (name: string) =>
    store.create('configmaps', newObject('configmaps', { name, namespace: 'default' }, clock.timestamp()));

  it('say nothing while they are muted, and go on afterwards', async () => {
    const { lines } = await watch('cp-1');
    create('heard');
    watches.mute();
    create('unheard');
    watches.unmute();
    create('heard-again');
    expect(await lines.until(2)).toEqual(['heard', 'heard-again']);
  });

  it('are cut together with the API server that serves them, and with no other', async () => {
    const [mine, other] = [await watch('cp-1'), await watch('cp-2')];
    watches.drop('cp-1');
    await mine.cut;
    create('still-heard');
    expect(await other.lines.until(1)).toEqual(['still-heard']);
    watches.drop();
    await other.cut;
  });
});
