import {
  PatchStrategy,
  type V1Deployment,
  type V1Lease,
  V1MicroTime,
  type V1ReplicaSet,
  type V1StatefulSet,
} from '@kubernetes/client-node';
import { as } from './client.ts';
import type { Place } from './suite.ts';
import { until } from './watching.ts';
import { freshNamespace, nameOf, template } from './world.ts';

type Counting = V1Deployment | V1ReplicaSet | V1StatefulSet;

/** What shows that workloads are back after a drain, and that a kubelet is alive. */
export function readyCountContract(at: () => Place): void {
  describe('ready counts', () => {
    let namespace: string;

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
    });

    const specOf = (app: string) => ({ replicas: 2, selector: { matchLabels: { app } }, template: template(app) });
    const make = {
      deployments: (name: string) =>
        at().client.apps.createNamespacedDeployment({ namespace, body: { metadata: { name }, spec: specOf(name) } }),
      replicasets: (name: string) =>
        at().client.apps.createNamespacedReplicaSet({ namespace, body: { metadata: { name }, spec: specOf(name) } }),
      statefulsets: (name: string) =>
        at().client.apps.createNamespacedStatefulSet({
          namespace,
          body: { metadata: { name }, spec: { ...specOf(name), serviceName: name } },
        }),
    };

    it.each(['deployments', 'replicasets', 'statefulsets'] as const)(
      'of %s are in their status, and follow every pod; there are none while none is ready',
      async resource => {
        const { client } = at();
        const name = `counted-${resource}`;
        const path = `/apis/apps/v1/namespaces/${namespace}/${resource}`;
        const counts = (ready: number, wanted: number) =>
          until<Counting, Counting>(client, path, all =>
            all.find(
              each =>
                nameOf(each) === name && (each.status?.readyReplicas ?? 0) === ready && each.spec?.replicas === wanted,
            ),
          );
        const made = await make[resource](name);
        expect(made.status?.readyReplicas ?? 0).toBe(0);
        await counts(2, 2);
        const scaling = [{ op: 'replace', path: '/spec/replicas', value: 1 }];
        const which = { namespace, name, body: scaling };
        if (resource === 'deployments') await client.apps.patchNamespacedDeployment(which, as(PatchStrategy.JsonPatch));
        if (resource === 'replicasets') await client.apps.patchNamespacedReplicaSet(which, as(PatchStrategy.JsonPatch));
        if (resource === 'statefulsets')
          await client.apps.patchNamespacedStatefulSet(which, as(PatchStrategy.JsonPatch));
        await counts(1, 1);
      },
    );

    it('of time are in the lease of a node, which is listed and watched by its name', async () => {
      const { client } = at();
      for (const name of ['beating', 'other']) {
        const spec = { holderIdentity: name, renewTime: new V1MicroTime('2026-11-27T10:00:00Z') };
        await client.coordination.createNamespacedLease({ namespace, body: { metadata: { name }, spec } });
      }
      const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases?fieldSelector=metadata.name%3Dbeating`;
      const seen = await until<V1Lease, readonly V1Lease[]>(client, path, leases =>
        leases.length > 0 ? leases : undefined,
      );
      expect(seen.map(nameOf)).toEqual(['beating']);
      const renewed = [{ op: 'replace', path: '/spec/renewTime', value: '2026-11-27T10:00:10.000000Z' }];
      await client.coordination.patchNamespacedLease(
        { namespace, name: 'beating', body: renewed },
        as(PatchStrategy.JsonPatch),
      );
      await until<V1Lease, true>(client, path, ([lease]) =>
        String(lease?.spec?.renewTime).startsWith('2026-11-27T10:00:10') ? true : undefined,
      );
    });
  });
}
