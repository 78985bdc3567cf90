import { PatchStrategy } from '@kubernetes/client-node';
import { as, failureOf } from './client.ts';
import type { Place } from './suite.ts';
import { freshNamespace, jobNamed, podSpec, readyPod, uidOf } from './world.ts';

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function writeContract(at: () => Place): void {
  describe('writes', () => {
    let namespace: string;

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
    });

    const create = (name: string, data: Record<string, string> = {}) =>
      at().client.core.createNamespacedConfigMap({ namespace, body: { metadata: { name }, data } });

    it('give a new object its identity', async () => {
      const made = await create('new', { key: 'value' });
      expect(made).toMatchObject({
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: {
          name: 'new',
          namespace,
          uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
          resourceVersion: expect.stringMatching(/^\d+$/),
          creationTimestamp: expect.any(Date),
        },
        data: { key: 'value' },
      });
      expect(await at().client.core.readNamespacedConfigMap({ namespace, name: 'new' })).toEqual(made);
    });

    it('name an object by a prefix where that is wished', async () => {
      const body = { metadata: { generateName: 'some-' } };
      const made = await at().client.core.createNamespacedConfigMap({ namespace, body });
      expect(made.metadata?.name).toMatch(/^some-[a-z0-9]{5}$/);
    });

    it('refuse a name that is taken: 409, AlreadyExists', async () => {
      await create('taken');
      expect(await failureOf(create('taken'))).toMatchObject({
        code: 409,
        status: {
          kind: 'Status',
          apiVersion: 'v1',
          status: 'Failure',
          reason: 'AlreadyExists',
          message: 'configmaps "taken" already exists',
          details: { name: 'taken', kind: 'configmaps' },
          code: 409,
        },
      });
    });

    it('answer 404 where nothing of that name is, with group and kind in the details', async () => {
      const { batch, core } = at().client;
      expect(await failureOf(core.readNode({ name: 'nowhere' }))).toMatchObject({
        code: 404,
        status: {
          reason: 'NotFound',
          message: 'nodes "nowhere" not found',
          details: { name: 'nowhere', kind: 'nodes' },
        },
      });
      expect((await failureOf(batch.readNamespacedJob({ namespace, name: 'nothing' }))).status).toMatchObject({
        message: 'jobs.batch "nothing" not found',
        details: { name: 'nothing', group: 'batch', kind: 'jobs' },
      });
    });

    it('refuse a namespace that is not there', async () => {
      const { core } = at().client;
      const body = { metadata: { name: 'lost' } };
      expect(await failureOf(core.createNamespacedConfigMap({ namespace: 'nowhere', body }))).toMatchObject({
        code: 404,
        status: { message: 'namespaces "nowhere" not found', details: { name: 'nowhere', kind: 'namespaces' } },
      });
    });

    it('replace an object only where its version is still the newest: 409, Conflict', async () => {
      const { core } = at().client;
      const name = 'versioned';
      const first = await create(name, { turn: '1' });
      const second = await core.replaceNamespacedConfigMap({
        namespace,
        name,
        body: { ...first, data: { turn: '2' } },
      });
      expect(second.metadata?.resourceVersion).not.toBe(first.metadata?.resourceVersion);
      expect(uidOf(second)).toBe(uidOf(first));
      const late = core.replaceNamespacedConfigMap({ namespace, name, body: { ...first, data: { turn: '3' } } });
      expect(await failureOf(late)).toMatchObject({
        code: 409,
        status: {
          reason: 'Conflict',
          message: `Operation cannot be fulfilled on configmaps "versioned": ${MODIFIED}`,
          details: { name, kind: 'configmaps' },
        },
      });
      const careless = { metadata: { name }, data: { turn: '4' } };
      expect((await core.replaceNamespacedConfigMap({ namespace, name, body: careless })).data).toEqual({ turn: '4' });
    });

    it('replace no object from a version that it has not come to', async () => {
      const { core } = at().client;
      const made = await create('early');
      const resourceVersion = String(Number(made.metadata?.resourceVersion) + 1_000_000);
      const body = { ...made, metadata: { ...made.metadata, resourceVersion }, data: { turn: '2' } };
      expect(await failureOf(core.replaceNamespacedConfigMap({ namespace, name: 'early', body }))).toMatchObject({
        code: 409,
        status: { reason: 'Conflict' },
      });
    });

    it('replace no object that has only taken the name of the one that is meant: 409, Conflict', async () => {
      const { core } = at().client;
      const first = await create('renewed');
      await core.deleteNamespacedConfigMap({ namespace, name: 'renewed' });
      const second = await create('renewed');
      const resourceVersion = second.metadata?.resourceVersion ?? '';
      const body = { ...first, metadata: { ...first.metadata, resourceVersion } };
      expect(await failureOf(core.replaceNamespacedConfigMap({ namespace, name: 'renewed', body }))).toMatchObject({
        code: 409,
        status: {
          reason: 'Conflict',
          message: expect.stringContaining(
            `UID in precondition: ${uidOf(first)}, UID in object meta: ${uidOf(second)}`,
          ),
        },
      });
    });

    it('replace a status only where its version is still the newest, as the rest', async () => {
      const { client } = at();
      await client.core.createNamespacedPod({ namespace, body: { metadata: { name: 'told' }, spec: podSpec() } });
      await readyPod(client, namespace, 'told');
      const body = await client.core.readNamespacedPod({ namespace, name: 'told' });
      const labelled = { metadata: { labels: { a: 'b' } } };
      await client.core.patchNamespacedPod({ namespace, name: 'told', body: labelled }, as(PatchStrategy.MergePatch));
      expect(await failureOf(client.core.replaceNamespacedPodStatus({ namespace, name: 'told', body }))).toMatchObject({
        code: 409,
        status: { reason: 'Conflict' },
      });
    });

    it('leave the version alone where nothing changes', async () => {
      const made = await create('still', { a: 'b' });
      const body = { ...made, data: { a: 'b' } };
      const again = await at().client.core.replaceNamespacedConfigMap({ namespace, name: 'still', body });
      expect(again.metadata?.resourceVersion).toBe(made.metadata?.resourceVersion);
    });

    it('refuse an object of another name than the path says', async () => {
      await create('path');
      const body = { metadata: { name: 'other' } };
      const request = at().client.core.replaceNamespacedConfigMap({ namespace, name: 'path', body });
      expect(await failureOf(request)).toMatchObject({
        code: 400,
        status: {
          reason: 'BadRequest',
          message: 'the name of the object (other) does not match the name on the URL (path)',
        },
      });
    });

    it('only try where a dry run is asked for', async () => {
      const { core } = at().client;
      const body = { metadata: { name: 'tried' } };
      const tried = await core.createNamespacedConfigMap({ namespace, body, dryRun: 'All' });
      expect(uidOf(tried)).not.toBe('');
      expect((await failureOf(core.readNamespacedConfigMap({ namespace, name: 'tried' }))).code).toBe(404);
    });

    it('keep the status of a pod apart from its specification', async () => {
      const { client } = at();
      const failed = { phase: 'Failed' };
      const body = { metadata: { name: 'two-parts' }, spec: podSpec(), status: failed };
      expect((await client.core.createNamespacedPod({ namespace, body })).status?.phase).toBe('Pending');
      await readyPod(client, namespace, 'two-parts');
      const current = await client.core.readNamespacedPod({ namespace, name: 'two-parts' });
      const changed = { ...current, metadata: { ...current.metadata, labels: { a: 'b' } }, status: failed };
      const replaced = await client.core.replaceNamespacedPod({ namespace, name: 'two-parts', body: changed });
      expect(replaced.metadata?.labels).toEqual({ a: 'b' });
      expect(replaced.status?.phase).toBe('Running');
    });

    describe('of invalid objects are refused: 422, naming the field', () => {
      const cases: [string, string, () => Promise<unknown>][] = [
        ['a name with capitals', 'metadata.name', () => create('No-Capitals')],
        ['no name', 'metadata.name', () => at().client.core.createNamespacedConfigMap({ namespace, body: {} })],
        [
          'a label that is none',
          'metadata.labels',
          () =>
            at().client.core.createNamespacedConfigMap({
              namespace,
              body: { metadata: { name: 'labelled', labels: { a: 'no spaces' } } },
            }),
        ],
        [
          'a Job that would restart for ever',
          'spec.template.spec.restartPolicy',
          () => {
            const job = jobNamed('restarts');
            return at().client.batch.createNamespacedJob({
              namespace,
              body: { ...job, spec: { template: { spec: podSpec({ restartPolicy: 'Always' }) } } },
            });
          },
        ],
        [
          'a pod without a container',
          'spec.containers',
          () =>
            at().client.core.createNamespacedPod({
              namespace,
              body: { metadata: { name: 'empty' }, spec: { containers: [] } },
            }),
        ],
        [
          'a container without a name',
          'spec.containers[0].name',
          () =>
            at().client.core.createNamespacedPod({
              namespace,
              body: { metadata: { name: 'nameless' }, spec: { containers: [{ name: '', image: 'some' }] } },
            }),
        ],
        [
          'a lease of no time',
          'spec.leaseDurationSeconds',
          () =>
            at().client.coordination.createNamespacedLease({
              namespace,
              body: { metadata: { name: 'short' }, spec: { leaseDurationSeconds: 0 } },
            }),
        ],
        [
          'a budget that wants two things',
          'spec',
          () =>
            at().client.policy.createNamespacedPodDisruptionBudget({
              namespace,
              body: { metadata: { name: 'both' }, spec: { minAvailable: 1, maxUnavailable: 1 } },
            }),
        ],
      ];

      it.each(cases)('%s', async (_what, field, write) => {
        const { code, status } = await failureOf(write());
        expect(code).toBe(422);
        expect(status).toMatchObject({ reason: 'Invalid', message: expect.stringContaining(field) });
        expect(status?.details?.causes?.map(cause => cause.field)).toContain(field);
      });

      it('a running pod that is to be another', async () => {
        const { core } = at().client;
        const made = await core.createNamespacedPod({
          namespace,
          body: { metadata: { name: 'fixed' }, spec: podSpec() },
        });
        const body = { ...made, spec: { ...podSpec(), ...made.spec, hostNetwork: true } };
        delete body.metadata?.resourceVersion;
        const { code, status } = await failureOf(core.replaceNamespacedPod({ namespace, name: 'fixed', body }));
        expect(code).toBe(422);
        expect(status?.message).toContain('Pod "fixed" is invalid: spec: Forbidden: pod updates may not change fields');
      });

      it('a Job whose template is to be another', async () => {
        const { batch } = at().client;
        const made = await batch.createNamespacedJob({ namespace, body: jobNamed('settled') });
        const body = structuredClone(made);
        delete body.metadata?.resourceVersion;
        for (const container of body.spec?.template.spec?.containers ?? [])
          container.image = 'registry.example.com/else:1';
        const { code, status } = await failureOf(batch.replaceNamespacedJob({ namespace, name: 'settled', body }));
        expect(code).toBe(422);
        expect(status?.details?.causes).toMatchObject([
          { field: 'spec.template', message: expect.stringContaining('field is immutable') },
        ]);
      });
    });
  });
}
