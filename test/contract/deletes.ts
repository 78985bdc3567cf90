import type { V1Job, V1Namespace, V1Pod } from '@kubernetes/client-node';
import { failureOf } from './client.ts';
import type { Place } from './suite.ts';
import { until } from './watching.ts';
import { freshNamespace, jobNamed, nameOf, podGone, podSpec, podsPath, readyPod, runningPod, uidOf } from './world.ts';

export function deleteContract(at: () => Place): void {
  describe('deletes', () => {
    let namespace: string;

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
    });

    const configMap = (name: string, labels: Record<string, string> = {}) =>
      at().client.core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } });

    it('answer with a Status that names what went', async () => {
      const made = await configMap('gone');
      const answer = await at().client.core.deleteNamespacedConfigMap({ namespace, name: 'gone' });
      expect(answer).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name: 'gone', kind: 'configmaps', uid: uidOf(made) },
      });
      expect((await failureOf(at().client.core.deleteNamespacedConfigMap({ namespace, name: 'gone' }))).code).toBe(404);
    });

    it('spare an object of another UID: 409, Conflict', async () => {
      const made = await configMap('precious');
      const { core } = at().client;
      const uid = '00000000-0000-4000-8000-000000000000';
      const request = (preconditions: object) =>
        core.deleteNamespacedConfigMap({ namespace, name: 'precious', body: { preconditions } });
      expect(await failureOf(request({ uid }))).toMatchObject({
        code: 409,
        status: {
          reason: 'Conflict',
          message: expect.stringContaining(
            `the UID in the precondition (${uid}) does not match the UID in record (${uidOf(made)})`,
          ),
        },
      });
      expect(await request({ uid: uidOf(made) })).toMatchObject({ status: 'Success' });
    });

    it('try only, in a dry run', async () => {
      await configMap('tried');
      const { core } = at().client;
      await core.deleteNamespacedConfigMap({ namespace, name: 'tried', dryRun: 'All' });
      expect(nameOf(await core.readNamespacedConfigMap({ namespace, name: 'tried' }))).toBe('tried');
    });

    it('take what a selector finds', async () => {
      await configMap('many-1', { many: 'yes' });
      await configMap('many-2', { many: 'yes' });
      await configMap('few', { many: 'no' });
      const { core } = at().client;
      await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'many=yes' });
      const left = await core.listNamespacedConfigMap({ namespace, labelSelector: 'many' });
      expect(left.items.map(nameOf)).toEqual(['few']);
    });

    it('leave a running pod its grace period, then it is gone', async () => {
      const { client } = at();
      const pod = await runningPod(client, namespace, { name: 'graceful' });
      const marked = await client.core.deleteNamespacedPod({ namespace, name: 'graceful' });
      expect(marked.metadata).toMatchObject({ uid: uidOf(pod), deletionGracePeriodSeconds: 30 });
      expect(marked.metadata?.deletionTimestamp).toBeInstanceOf(Date);
      expect((await client.core.readNamespacedPod({ namespace, name: 'graceful' })).status?.phase).toBe('Running');
      await podGone(client, namespace, uidOf(pod));
    });

    it('may shorten a grace period, never lengthen it', async () => {
      const { client } = at();
      await runningPod(client, namespace, { name: 'hurried' });
      const grace = async (gracePeriodSeconds: number) =>
        (await client.core.deleteNamespacedPod({ namespace, name: 'hurried', gracePeriodSeconds })).metadata
          ?.deletionGracePeriodSeconds;
      expect(await grace(20)).toBe(20);
      expect(await grace(25)).toBe(20);
      expect(await grace(15)).toBe(15);
      expect(await grace(0)).toBe(0);
      expect((await failureOf(client.core.readNamespacedPod({ namespace, name: 'hurried' }))).code).toBe(404);
    });

    it('take a pod at once that no node has', async () => {
      const { client } = at();
      const spec = podSpec({ nodeSelector: { 'example.com/no-such': 'node' } });
      await client.core.createNamespacedPod({ namespace, body: { metadata: { name: 'homeless' }, spec } });
      await client.core.deleteNamespacedPod({ namespace, name: 'homeless' });
      expect((await failureOf(client.core.readNamespacedPod({ namespace, name: 'homeless' }))).code).toBe(404);
    });

    it('of a pod with another UID are refused', async () => {
      const { client } = at();
      await runningPod(client, namespace, { name: 'replaced' });
      const body = { preconditions: { uid: '00000000-0000-4000-8000-000000000000' } };
      expect(await failureOf(client.core.deleteNamespacedPod({ namespace, name: 'replaced', body }))).toMatchObject({
        code: 409,
        status: { reason: 'Conflict' },
      });
    });

    it('of a pod that has changed since it was read are refused where that is asked', async () => {
      const { client } = at();
      const { metadata } = await client.core.createNamespacedPod({
        namespace,
        body: { metadata: { name: 'moved-on' }, spec: podSpec() },
      });
      await readyPod(client, namespace, 'moved-on');
      const body = { preconditions: { resourceVersion: metadata?.resourceVersion ?? '' } };
      expect(await failureOf(client.core.deleteNamespacedPod({ namespace, name: 'moved-on', body }))).toMatchObject({
        code: 409,
        status: { reason: 'Conflict' },
      });
    });

    it('of a Job leave its pods behind unless they are to go in the background', async () => {
      const { client } = at();
      const finishedPod = (job: string) =>
        until<V1Pod, V1Pod>(client, podsPath(namespace), pods =>
          pods.find(each => each.metadata?.labels?.['job-name'] === job && each.status?.phase === 'Succeeded'),
        );
      for (const name of ['orphaning', 'sweeping']) {
        await client.batch.createNamespacedJob({ namespace, body: jobNamed(name) });
      }
      const [orphan, swept] = await Promise.all([finishedPod('orphaning'), finishedPod('sweeping')]);
      await client.batch.deleteNamespacedJob({ namespace, name: 'orphaning' });
      await client.batch.deleteNamespacedJob({ namespace, name: 'sweeping', propagationPolicy: 'Background' });
      await podGone(client, namespace, uidOf(swept));
      await until<V1Job, true>(client, `/apis/batch/v1/namespaces/${namespace}/jobs`, jobs =>
        jobs.some(job => nameOf(job) === 'orphaning') ? undefined : true,
      );
      const left = await client.core.readNamespacedPod({ namespace, name: nameOf(orphan) });
      expect(left.metadata?.ownerReferences ?? []).toEqual([]);
    });

    it('of a namespace take everything in it, and nothing new comes in meanwhile', async () => {
      const { client } = at();
      const doomed = await freshNamespace(client);
      const pod = await runningPod(client, doomed, { name: 'last' });
      const answer = (await client.core.deleteNamespace({ name: doomed })) as V1Namespace;
      expect(answer.status).toMatchObject({ phase: 'Terminating' });
      const late = client.core.createNamespacedConfigMap({ namespace: doomed, body: { metadata: { name: 'late' } } });
      expect(await failureOf(late)).toMatchObject({
        code: 403,
        status: {
          reason: 'Forbidden',
          message: `configmaps "late" is forbidden: unable to create new content in namespace ${doomed} because it is being terminated`,
          details: { name: 'late', kind: 'configmaps', causes: [{ reason: 'NamespaceTerminating' }] },
        },
      });
      await podGone(client, doomed, uidOf(pod));
      await until<V1Namespace, true>(client, '/api/v1/namespaces', namespaces =>
        namespaces.some(each => nameOf(each) === doomed) ? undefined : true,
      );
    });
  });
}
