import type { CoreV1Event, V1Pod } from '@kubernetes/client-node';
import { failureOf } from './client.ts';
import type { Place } from './suite.ts';
import { MARK } from './traces.ts';
import { until } from './watching.ts';
import { freshNamespace, jobNamed, nameOf, podSpec, podsPath, workersOf } from './world.ts';

export function eventContract(at: () => Place): void {
  describe('events', () => {
    let namespace: string;

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
    });

    const about = (name: string, kind: string, reason: string, within = namespace) =>
      at().client.core.createNamespacedEvent({
        namespace: within,
        body: {
          metadata: { generateName: 'told-', annotations: MARK },
          involvedObject: { kind, name, ...(kind === 'Node' ? {} : { namespace: within }) },
          reason,
          message: `${reason} of ${name}`,
          type: 'Normal',
          source: { component: 'contract' },
        },
      });
    const found = async (fieldSelector: string) =>
      (await at().client.core.listNamespacedEvent({ namespace, fieldSelector })).items.map(({ message }) => message);

    it('are found by what they are about, and by their reason', async () => {
      await about('one', 'Job', 'Begun');
      await about('one', 'Job', 'Ended');
      await about('two', 'Job', 'Begun');
      await about('one', 'Pod', 'Begun');
      expect(await found('involvedObject.kind=Job,involvedObject.name=one,reason=Begun')).toEqual(['Begun of one']);
      expect((await found('involvedObject.kind=Job,involvedObject.name=one')).sort()).toEqual([
        'Begun of one',
        'Ended of one',
      ]);
      expect(await found('reason=Ended,type=Normal')).toEqual(['Ended of one']);
      expect(await found('involvedObject.name!=one,reason=Begun')).toEqual(['Begun of two']);
    });

    it('about a node are taken in the namespace "default" only', async () => {
      const [node] = await workersOf(at().client);
      const made = await about(node, 'Node', 'Contract', 'default');
      await at().client.core.deleteNamespacedEvent({ namespace: 'default', name: nameOf(made) });
      expect(made.involvedObject.name).toBe(node);
      expect(await failureOf(about(node, 'Node', 'Contract'))).toMatchObject({
        code: 422,
        status: {
          reason: 'Invalid',
          details: { causes: [{ field: 'involvedObject.namespace' }] },
          message: expect.stringContaining('does not match event.namespace'),
        },
      });
    });

    it('are refused where they are about an object of another namespace', async () => {
      const { core } = at().client;
      const body = {
        metadata: { name: 'elsewhere' },
        involvedObject: { kind: 'Pod', name: 'some', namespace: 'default' },
      };
      expect(await failureOf(core.createNamespacedEvent({ namespace, body }))).toMatchObject({
        code: 422,
        status: { details: { causes: [{ field: 'involvedObject.namespace' }] } },
      });
    });

    it('tell why a Job can make no pod', async () => {
      const { batch, core } = at().client;
      const job = jobNamed('nobodys');
      const template = { spec: podSpec({ restartPolicy: 'Never', serviceAccountName: 'nobody' }) };
      await batch.createNamespacedJob({ namespace, body: { ...job, spec: { ...job.spec, template } } });
      const event = await until<CoreV1Event, CoreV1Event>(
        at().client,
        `/api/v1/namespaces/${namespace}/events`,
        events =>
          events.find(({ reason, involvedObject }) => reason === 'FailedCreate' && involvedObject.kind === 'Job'),
      );
      expect(event).toMatchObject({
        type: 'Warning',
        involvedObject: { kind: 'Job', name: 'nobodys', namespace, apiVersion: 'batch/v1' },
        message: `Error creating: pods "nobodys-" is forbidden: error looking up service account ${namespace}/nobody: serviceaccount "nobody" not found`,
      });
      expect(event.lastTimestamp).toEqual(expect.any(String));
      const { items } = await core.listNamespacedPod({ namespace });
      expect(items.filter(pod => nameOf(pod).startsWith('nobodys'))).toEqual([]);
      const body = { metadata: { name: 'nobodys-own' }, spec: podSpec({ serviceAccountName: 'nobody' }) };
      expect(await failureOf(core.createNamespacedPod({ namespace, body }))).toMatchObject({
        code: 403,
        status: {
          reason: 'Forbidden',
          message: `pods "nobodys-own" is forbidden: error looking up service account ${namespace}/nobody: serviceaccount "nobody" not found`,
          details: { name: 'nobodys-own', kind: 'pods' },
        },
      });

      await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'nobody' } } });
      await until<V1Pod, V1Pod>(at().client, podsPath(namespace), pods =>
        pods.find(pod => nameOf(pod).startsWith('nobodys')),
      );
    });
  });
}
