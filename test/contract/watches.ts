import { raw, refusal } from './client.ts';
import type { Abilities, Place } from './suite.ts';
import { openWatch } from './watching.ts';
import { createEvent, freshNamespace, nameOf } from './world.ts';

const NO_VERSION = 'resourceVersion: Invalid value: ';

export function watchContract(at: () => Place, { compacts }: Abilities): void {
  describe('watches', () => {
    let namespace: string;
    let path: string;

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
      path = `/api/v1/namespaces/${namespace}/configmaps`;
    });

    const create = (name: string, labels: Record<string, string> = {}) =>
      at().client.core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } });
    const relabel = async (name: string, labels: Record<string, string>) => {
      const { core } = at().client;
      const body = await core.readNamespacedConfigMap({ namespace, name });
      return core.replaceNamespacedConfigMap({
        namespace,
        name,
        body: { ...body, metadata: { ...body.metadata, labels } },
      });
    };
    const remove = (name: string) => at().client.core.deleteNamespacedConfigMap({ namespace, name });
    const versionNow = async () =>
      (await at().client.core.listNamespacedConfigMap({ namespace })).metadata?.resourceVersion ?? '';

    it('go on from the version of a list: nothing twice, nothing lost', async () => {
      await create('before');
      const resourceVersion = await versionNow();
      await create('after');
      await relabel('after', { changed: 'yes' });
      const stream = await openWatch(at().client, path, { resourceVersion });
      await remove('after');
      const events = await stream.until(3);
      stream.close();
      expect(events.map(({ type, object }) => [type, nameOf(object)])).toEqual([
        ['ADDED', 'after'],
        ['MODIFIED', 'after'],
        ['DELETED', 'after'],
      ]);
      const versions = events.map(({ object }) => Number(object.metadata?.resourceVersion));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(versions[0]).toBeGreaterThan(Number(resourceVersion));
      expect(events[0]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    });

    it('begin with what is there where no version is named', async () => {
      await create('there', { found: 'here' });
      const stream = await openWatch(at().client, path, { labelSelector: 'found=here' });
      const [event] = await stream.until(1);
      stream.close();
      expect(event).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'there' } } });
    });

    it('tell of an object that starts to match as added, of one that stops as deleted', async () => {
      await create('moving', { place: 'elsewhere' });
      const query = { resourceVersion: await versionNow(), labelSelector: 'place=here' };
      const stream = await openWatch(at().client, path, query);
      await relabel('moving', { place: 'here' });
      await relabel('moving', { place: 'here', again: 'yes' });
      await relabel('moving', { place: 'gone' });
      const events = await stream.until(3);
      stream.close();
      expect(events.map(({ type, object }) => [type, object.metadata?.labels])).toEqual([
        ['ADDED', { place: 'here' }],
        ['MODIFIED', { place: 'here', again: 'yes' }],
        ['DELETED', { place: 'here', again: 'yes' }],
      ]);
    });

    it('tell of one that stops to match as it was before, with the version of the change', async () => {
      const { core } = at().client;
      const name = 'leaving';
      const made = await core.createNamespacedConfigMap({
        namespace,
        body: { metadata: { name, labels: { stays: 'yes' } }, data: { content: 'old' } },
      });
      const query = { resourceVersion: made.metadata?.resourceVersion, labelSelector: 'stays=yes' };
      const stream = await openWatch(at().client, path, query);
      const body = { ...made, metadata: { ...made.metadata, labels: { stays: 'no' } }, data: { content: 'new' } };
      const left = await core.replaceNamespacedConfigMap({ namespace, name, body });
      const late = await openWatch(at().client, path, query);
      const [[event], [again]] = await Promise.all([stream.until(1), late.until(1)]);
      stream.close();
      late.close();
      expect(event).toMatchObject({
        type: 'DELETED',
        object: {
          metadata: {
            uid: made.metadata?.uid,
            resourceVersion: left.metadata?.resourceVersion,
            labels: { stays: 'yes' },
          },
          data: { content: 'old' },
        },
      });
      expect(again).toEqual(event);
    });

    it('follow one object by its name', async () => {
      const query = { resourceVersion: await versionNow(), fieldSelector: 'metadata.name=mine' };
      const stream = await openWatch(at().client, path, query);
      await create('other');
      await create('mine');
      await remove('mine');
      const events = await stream.until(2);
      stream.close();
      expect(events.map(({ type, object }) => [type, nameOf(object)])).toEqual([
        ['ADDED', 'mine'],
        ['DELETED', 'mine'],
      ]);
    });

    it.each([
      ['resourceVersion=abc', 500, undefined, `${NO_VERSION}"abc": strconv.ParseUint: parsing "abc": invalid syntax`],
      ['resourceVersion=-5', 500, undefined, `${NO_VERSION}"-5": strconv.ParseUint: parsing "-5": invalid syntax`],
      ['resourceVersion=abc&limit=abc', 400, 'BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax'],
      ['timeoutSeconds=abc', 400, 'BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ])('refuse what is no number, before they begin: %s', async (query, code, reason, message) => {
      const { httpStatusCode, body } = await raw(at().client, `${path}?watch=true&${query}`);
      expect(httpStatusCode).toBe(code);
      expect(JSON.parse(await body.text())).toEqual(refusal(code, reason, message));
    });

    it('end after the time that was asked for', async () => {
      const stream = await openWatch(at().client, path, { resourceVersion: await versionNow(), timeoutSeconds: 1 });
      expect(await stream.ended).toBeUndefined();
      expect(stream.events).toEqual([]);
    });

    it('mark how far they have come, though nothing came that matches, where bookmarks are wanted', async () => {
      const resourceVersion = await versionNow();
      const query = { resourceVersion, labelSelector: 'none=such', timeoutSeconds: 6, allowWatchBookmarks: true };
      const stream = await openWatch(at().client, path, query);
      const passed = await create('passed-over');
      const [event] = await stream.until(1);
      stream.close();
      expect(event).toMatchObject({ type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1' } });
      const version = Number(event?.object.metadata?.resourceVersion);
      expect(version).toBeGreaterThanOrEqual(Number(passed.metadata?.resourceVersion));
    });

    it('mark the end of what was there where they begin without a version and want bookmarks', async () => {
      await create('first', { initial: 'yes' });
      const stream = await openWatch(at().client, path, { labelSelector: 'initial=yes', allowWatchBookmarks: true });
      const events = await stream.until(2);
      stream.close();
      expect(events).toMatchObject([
        { type: 'ADDED', object: { metadata: { name: 'first' } } },
        { type: 'BOOKMARK', object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } },
      ]);
    });

    (compacts ? it : it.skip)('refuse a version older than the history inside the stream: 410, Expired', async () => {
      const { target, client } = at();
      const events = `/api/v1/namespaces/${namespace}/events`;
      const { metadata } = await client.core.listNamespacedEvent({ namespace });
      await createEvent(client, namespace, 'lost');
      await createEvent(client, namespace, 'newest');
      await target.compact();
      const stream = await openWatch(client, events, { resourceVersion: metadata?.resourceVersion });
      const [event] = await stream.until(1);
      expect(event).toMatchObject({
        type: 'ERROR',
        object: {
          kind: 'Status',
          status: 'Failure',
          code: 410,
          reason: 'Expired',
          message: expect.stringContaining('too old'),
        },
      });
      expect(await stream.ended).toBeUndefined();
    });

    (compacts ? it : it.skip)(
      'go on from a list that was made after that, though nothing has happened since',
      async () => {
        const { target, client } = at();
        await createEvent(client, namespace, 'forgotten');
        await target.compact();
        const { metadata } = await client.core.listNamespacedEvent({ namespace });
        const query = { resourceVersion: metadata?.resourceVersion };
        const stream = await openWatch(client, `/api/v1/namespaces/${namespace}/events`, query);
        await createEvent(client, namespace, 'since');
        const [event] = await stream.until(1);
        stream.close();
        expect(event).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'since' } } });
      },
    );
  });
}
