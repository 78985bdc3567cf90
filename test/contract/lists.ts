import type { V1ConfigMap } from '@kubernetes/client-node';
import { failureOf, raw, refusal } from './client.ts';
import type { Abilities, Place } from './suite.ts';
import { createEvent, freshNamespace, nameOf, podSpec, workersOf } from './world.ts';

const COUNT = 5;
const NO_VERSION = 'invalid resource version: resourceVersion: Invalid value: ';
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export function listContract(at: () => Place, { compacts }: Abilities): void {
  describe('lists', () => {
    let namespace: string;

    beforeAll(async () => {
      const { client } = at();
      namespace = await freshNamespace(client);
      for (let index = 0; index < COUNT; index += 1) {
        const labels = { parity: index % 2 === 0 ? 'even' : 'odd', [`only-${index}`]: '' };
        await client.core.createNamespacedConfigMap({
          namespace,
          body: { metadata: { name: `map-${index}`, labels } },
        });
      }
    });

    const list = (query: { limit?: number; _continue?: string; labelSelector?: string; fieldSelector?: string }) =>
      at().client.core.listNamespacedConfigMap({ namespace, ...query });

    it('come in pages of one moment, in the order of their names', async () => {
      const first = await list({ limit: 2, labelSelector: 'parity' });
      const { core } = at().client;
      const late = { metadata: { name: 'map-1-late', labels: { parity: 'late' } } };
      await core.createNamespacedConfigMap({ namespace, body: late });
      const pages = [first];
      for (let next = first.metadata?._continue; next; next = pages.at(-1)?.metadata?._continue) {
        pages.push(await list({ limit: 2, labelSelector: 'parity', _continue: next }));
      }
      await core.deleteNamespacedConfigMap({ namespace, name: 'map-1-late' });
      expect(pages.map(({ items }) => items.map(nameOf))).toEqual([['map-0', 'map-1'], ['map-2', 'map-3'], ['map-4']]);
      expect(new Set(pages.map(({ metadata }) => metadata?.resourceVersion)).size).toBe(1);
    });

    it('say how much remains, unless a selector makes that unknown', async () => {
      const all = (await list({})).items.length;
      expect((await list({ limit: 2 })).metadata?.remainingItemCount).toBe(all - 2);
      expect((await list({ limit: 2, labelSelector: 'parity' })).metadata?.remainingItemCount).toBeUndefined();
      expect((await list({ limit: 100 })).metadata).not.toHaveProperty('_continue', expect.anything());
    });

    it('hold items without kind and apiVersion', async () => {
      const { body } = await raw(at().client, `/api/v1/namespaces/${namespace}/configmaps?limit=1`);
      const parsed = JSON.parse(await body.text()) as { kind: string; apiVersion: string; items: V1ConfigMap[] };
      expect(parsed).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
      expect(parsed.items[0]).not.toHaveProperty('kind');
      expect(parsed.items[0]).not.toHaveProperty('apiVersion');
    });

    it('hold nothing but metadata where that is asked for', async () => {
      const path = `/api/v1/namespaces/${namespace}/configmaps?limit=1`;
      const { body, headers } = await raw(at().client, path, METADATA_ONLY);
      expect(headers['content-type']).toMatch(/^application\/json/);
      const parsed = JSON.parse(await body.text()) as { metadata: object; items: V1ConfigMap[] };
      expect(parsed).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
      expect(parsed.metadata).toMatchObject({ continue: expect.any(String), resourceVersion: expect.any(String) });
      const [item] = parsed.items;
      expect(item).toEqual({
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: expect.objectContaining({ name: expect.any(String), uid: expect.any(String) }),
      });
    });

    it('refuse a continue token that they never gave out', async () => {
      expect(await failureOf(list({ limit: 2, _continue: 'bm9uc2Vuc2U' }))).toMatchObject({
        code: 400,
        status: { reason: 'BadRequest', message: expect.stringContaining('continue key is not valid') },
      });
    });

    it.each([
      ['limit=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
      ['limit=', 'strconv.ParseInt: parsing "": invalid syntax'],
      ['limit=1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
      ['limit=9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
      ['timeoutSeconds=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
      ['resourceVersion=abc', `${NO_VERSION}"abc": strconv.ParseUint: parsing "abc": invalid syntax`],
      ['resourceVersion=-1', `${NO_VERSION}"-1": strconv.ParseUint: parsing "-1": invalid syntax`],
      ['limit=abc&resourceVersion=abc&labelSelector=a===b', 'strconv.ParseInt: parsing "abc": invalid syntax'],
      ['resourceVersion=abc&fieldSelector=data.key=1', expect.stringContaining('is not a known field selector')],
    ])('refuse what is no number, the first of all that is wrong: %s', async (query, message) => {
      const { httpStatusCode, body } = await raw(at().client, `/api/v1/namespaces/${namespace}/configmaps?${query}`);
      expect(httpStatusCode).toBe(400);
      expect(JSON.parse(await body.text())).toEqual(refusal(400, 'BadRequest', message));
    });

    it.each(['limit=-1', 'limit=%2B100', 'limit=0', 'resourceVersion=', 'resourceVersion=0', 'resourceVersion=01'])(
      'take for a number: %s',
      async query => {
        const { httpStatusCode, body } = await raw(at().client, `/api/v1/namespaces/${namespace}/configmaps?${query}`);
        expect(httpStatusCode).toBe(200);
        const { items } = JSON.parse(await body.text()) as { items: V1ConfigMap[] };
        expect(items.map(nameOf)).toEqual((await list({})).items.map(nameOf));
      },
    );

    (compacts ? it : it.skip)(
      'answer 410 to a continue token older than the history, with one that goes on in the present',
      async () => {
        const { target, client } = at();
        // A real server keeps other resources in a cache of its own that outlives a compaction for a while.
        for (const name of ['event-1', 'event-2', 'event-3']) await createEvent(client, namespace, name);
        const page = (_continue?: string) =>
          client.core.listNamespacedEvent({ namespace, limit: 2, ...(_continue === undefined ? {} : { _continue }) });
        const first = await page();
        await createEvent(client, namespace, 'event-4');
        await target.compact();
        const { code, status } = await failureOf(page(first.metadata?._continue));
        expect(code).toBe(410);
        expect(status).toMatchObject({
          reason: 'Expired',
          message: expect.stringContaining('The provided continue parameter is too old'),
          metadata: { continue: expect.any(String) },
        });
        const metadata = status?.metadata as { continue?: string } | undefined;
        expect((await page(metadata?.continue)).items.map(nameOf)).toEqual(['event-3', 'event-4']);
      },
    );

    it.each([
      ['parity=even', [0, 2, 4]],
      ['parity==odd', [1, 3]],
      ['parity!=even,parity', [1, 3]],
      ['parity in (odd, other)', [1, 3]],
      ['parity in (even),parity notin (odd)', [0, 2, 4]],
      ['only-3', [3]],
      ['parity,!only-3', [0, 1, 2, 4]],
      ['only-3=', [3]],
    ])('find by labels: %s', async (labelSelector, found) => {
      const { items } = await list({ labelSelector });
      expect(items.map(nameOf)).toEqual(found.map(index => `map-${index}`));
    });

    it('refuse a label selector that cannot be read', async () => {
      expect(await failureOf(list({ labelSelector: 'a===b' }))).toMatchObject({
        code: 400,
        status: { reason: 'BadRequest', message: expect.stringContaining('unable to parse requirement') },
      });
    });

    it('find by name', async () => {
      expect((await list({ fieldSelector: 'metadata.name=map-3' })).items.map(nameOf)).toEqual(['map-3']);
      const others = await list({ fieldSelector: 'metadata.name!=map-3', labelSelector: 'parity=odd' });
      expect(others.items.map(nameOf)).toEqual(['map-1']);
    });

    it('find pods by the node that they are bound to', async () => {
      const { core } = at().client;
      const [node, other] = await workersOf(at().client);
      const bound = { metadata: { name: 'bound' }, spec: podSpec({ nodeName: node }) };
      await core.createNamespacedPod({ namespace, body: bound });
      const on = async (fieldSelector: string) =>
        (await core.listPodForAllNamespaces({ fieldSelector })).items
          .filter(pod => pod.metadata?.namespace === namespace)
          .map(nameOf);
      expect(await on(`spec.nodeName=${node}`)).toEqual(['bound']);
      expect(await on(`spec.nodeName=${other}`)).toEqual([]);
      expect(await on(`spec.nodeName!=${other},metadata.namespace=${namespace}`)).toEqual(['bound']);
      expect(await on(`status.phase=Succeeded,spec.nodeName=${node}`)).toEqual([]);
    });

    it('refuse a field that cannot be selected by', async () => {
      expect(await failureOf(list({ fieldSelector: 'data.key=1' }))).toMatchObject({
        code: 400,
        status: {
          reason: 'BadRequest',
          message: '"data.key" is not a known field selector: only "metadata.name", "metadata.namespace"',
        },
      });
      const nodes = at().client.core.listNode({ fieldSelector: 'spec.podCIDR=1' });
      expect(await failureOf(nodes)).toMatchObject({
        code: 400,
        status: { message: 'field label not supported: spec.podCIDR' },
      });
    });
  });
}
