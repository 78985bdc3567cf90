import { PatchStrategy, type V1ConfigMap } from '@kubernetes/client-node';
import { as, failureOf } from './client.ts';
import type { Place } from './suite.ts';
import { freshNamespace, template } from './world.ts';

const { JsonPatch, MergePatch, StrategicMergePatch } = PatchStrategy;

/** A failed `test` and a patch that does not fit are told alike. */
const UNFITTING = {
  code: 422,
  status: {
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    code: 422,
  },
};

export function patchContract(at: () => Place): void {
  describe('patches', () => {
    let namespace: string;
    const name = 'patched';

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
    });
    beforeEach(() =>
      at().client.core.createNamespacedConfigMap({
        namespace,
        body: { metadata: { name, annotations: { 'capstan.dev/claim': '{"run":"r1"}' } }, data: { a: '1', b: '2' } },
      }),
    );
    afterEach(() => at().client.core.deleteNamespacedConfigMap({ namespace, name }));

    const patch = (strategy: PatchStrategy, body: unknown): Promise<V1ConfigMap> =>
      at().client.core.patchNamespacedConfigMap({ namespace, name, body }, as(strategy));
    const CLAIM = '/metadata/annotations/capstan.dev~1claim';

    it('JSON: change what was tested, in order', async () => {
      const { data, metadata } = await patch(JsonPatch, [
        { op: 'test', path: CLAIM, value: '{"run":"r1"}' },
        { op: 'replace', path: '/data/a', value: 'one' },
        { op: 'add', path: '/data/c', value: '3' },
        { op: 'remove', path: CLAIM },
      ]);
      expect(data).toEqual({ a: 'one', b: '2', c: '3' });
      expect(metadata?.annotations ?? {}).toEqual({});
    });

    it('JSON: change nothing where a test fails: 422, Invalid', async () => {
      const body = [
        { op: 'add', path: '/data/c', value: '3' },
        { op: 'test', path: CLAIM, value: '{"run":"r2"}' },
      ];
      expect(await failureOf(patch(JsonPatch, body))).toMatchObject(UNFITTING);
      expect((await at().client.core.readNamespacedConfigMap({ namespace, name })).data).toEqual({ a: '1', b: '2' });
    });

    it.each([
      ['a test of a key that is not there', { op: 'test', path: '/data/none', value: 'x' }],
      ['a test of a key in a map that is not there', { op: 'test', path: '/metadata/labels/none', value: null }],
      ['removing what is not there', { op: 'remove', path: '/data/none' }],
      ['adding to a map that is not there', { op: 'add', path: '/metadata/labels/new', value: 'x' }],
      ['an operation that is none', { op: 'tset', path: '/data/a', value: '1' }],
    ])('JSON: refuse %s: 422, Invalid', async (_what, operation) => {
      expect(await failureOf(patch(JsonPatch, [operation]))).toMatchObject(UNFITTING);
    });

    it('JSON: hold a test for null where the key is not there, so that an absence can be tested', async () => {
      const absent = { op: 'test', path: '/metadata/annotations/none', value: null };
      const { data } = await patch(JsonPatch, [absent, { op: 'add', path: '/data/c', value: '3' }]);
      expect(data?.c).toBe('3');
      const present = { op: 'test', path: CLAIM, value: null };
      expect(await failureOf(patch(JsonPatch, [present]))).toMatchObject(UNFITTING);
    });

    it('JSON: set with replace what was not there', async () => {
      expect((await patch(JsonPatch, [{ op: 'replace', path: '/data/none', value: 'x' }])).data?.none).toBe('x');
    });

    it('JSON: find no map where the last key was removed from it', async () => {
      await patch(JsonPatch, [{ op: 'remove', path: CLAIM }]);
      expect(await failureOf(patch(JsonPatch, [{ op: 'add', path: CLAIM, value: 'x' }]))).toMatchObject(UNFITTING);
      const whole = [{ op: 'add', path: '/metadata/annotations', value: { 'capstan.dev/claim': 'x' } }];
      expect((await patch(JsonPatch, whole)).metadata?.annotations).toEqual({ 'capstan.dev/claim': 'x' });
    });

    it('JSON: may test the version', async () => {
      const { metadata } = await at().client.core.readNamespacedConfigMap({ namespace, name });
      const body = (value: string | undefined) => [
        { op: 'test', path: '/metadata/resourceVersion', value },
        { op: 'replace', path: '/data/a', value: 'tested' },
      ];
      expect((await patch(JsonPatch, body(metadata?.resourceVersion))).data?.a).toBe('tested');
      expect(await failureOf(patch(JsonPatch, body(metadata?.resourceVersion)))).toMatchObject(UNFITTING);
    });

    it('merge: set, add and remove by null', async () => {
      const { data, metadata } = await patch(MergePatch, {
        metadata: { annotations: { 'capstan.dev/claim': null }, labels: { x: 'y' } },
        data: { a: 'one', b: null, c: '3' },
      });
      expect(data).toEqual({ a: 'one', c: '3' });
      expect(metadata?.labels).toEqual({ x: 'y' });
      expect(metadata?.annotations ?? {}).toEqual({});
    });

    it('merge: conflict where they name an old version', async () => {
      const { metadata } = await at().client.core.readNamespacedConfigMap({ namespace, name });
      const body = { metadata: { resourceVersion: metadata?.resourceVersion }, data: { a: 'mine' } };
      expect((await patch(MergePatch, body)).data?.a).toBe('mine');
      const again = { ...body, data: { a: 'late' } };
      expect(await failureOf(patch(MergePatch, again))).toMatchObject({ code: 409, status: { reason: 'Conflict' } });
    });

    it('strategic merge: merge lists by their key, and remove by a directive', async () => {
      const { apps } = at().client;
      const spec = template('listed');
      spec.spec?.containers.push({ name: 'side', image: 'registry.example.com/side:1' });
      const body = {
        metadata: { name: 'listed' },
        spec: { replicas: 0, selector: { matchLabels: { app: 'listed' } } },
      };
      await apps.createNamespacedDeployment({
        namespace,
        body: { ...body, spec: { ...body.spec, template: spec } },
      });
      const change = async (containers: object[]) => {
        const { spec: changed } = await apps.patchNamespacedDeployment(
          { namespace, name: 'listed', body: { spec: { template: { spec: { containers } } } } },
          as(StrategicMergePatch),
        );
        return changed?.template.spec?.containers.map(({ name: container, image }) => `${container} ${image}`).sort();
      };
      expect(await change([{ name: 'side', image: 'registry.example.com/side:2' }])).toEqual([
        'main registry.k8s.io/pause:3.10.2',
        'side registry.example.com/side:2',
      ]);
      expect(await change([{ name: 'side', $patch: 'delete' }])).toEqual(['main registry.k8s.io/pause:3.10.2']);
    });

    it('of a kind that is not known are refused: 415', async () => {
      const strategy = 'application/json' as PatchStrategy;
      expect(await failureOf(patch(strategy, { data: {} }))).toMatchObject({
        code: 415,
        status: { reason: 'UnsupportedMediaType' },
      });
    });

    it('may not change who an object is', async () => {
      expect(await failureOf(patch(MergePatch, { metadata: { name: 'other' } }))).toMatchObject({
        code: 400,
        status: { message: 'the name of the object (other) does not match the name on the URL (patched)' },
      });
      expect((await failureOf(patch(MergePatch, { metadata: { uid: 'other' } }))).code).toBe(422);
    });

    it('may not bring a value of another type', async () => {
      expect(await failureOf(patch(MergePatch, { data: { a: 1 } }))).toMatchObject({ code: 422 });
    });
  });
}
