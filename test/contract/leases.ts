import { V1MicroTime } from '@kubernetes/client-node';
import { failureOf } from './client.ts';
import type { Place } from './suite.ts';
import { freshNamespace } from './world.ts';

export function leaseContract(at: () => Place): void {
  describe('leases', () => {
    let namespace: string;
    const name = 'capstan-run';

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
    });

    const lease = (holderIdentity: string, resourceVersion?: string) => ({
      metadata: { name, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      spec: { holderIdentity, leaseDurationSeconds: 30, acquireTime: new V1MicroTime(1_767_225_600_123) },
    });

    it('are taken by whoever creates them first', async () => {
      const { coordination } = at().client;
      const made = await coordination.createNamespacedLease({ namespace, body: lease('one') });
      expect(made.spec).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 30 });
      expect(new Date(String(made.spec?.acquireTime)).getTime()).toBe(1_767_225_600_123);
      expect(await failureOf(coordination.createNamespacedLease({ namespace, body: lease('two') }))).toMatchObject({
        code: 409,
        status: {
          reason: 'AlreadyExists',
          message: 'leases.coordination.k8s.io "capstan-run" already exists',
          details: { name, group: 'coordination.k8s.io', kind: 'leases' },
        },
      });
    });

    it('change hands only from the version that was read', async () => {
      const { coordination } = at().client;
      const { metadata } = await coordination.readNamespacedLease({ namespace, name });
      const take = (holder: string, version?: string) =>
        coordination.replaceNamespacedLease({ namespace, name, body: lease(holder, version) });
      expect((await take('two', metadata?.resourceVersion)).spec?.holderIdentity).toBe('two');
      expect(await failureOf(take('three', metadata?.resourceVersion))).toMatchObject({
        code: 409,
        status: { reason: 'Conflict' },
      });
      const { code, status } = await failureOf(take('three'));
      expect(code).toBe(422);
      expect(status?.message).toContain('metadata.resourceVersion: Invalid value');
      expect(status?.message).toContain('must be specified for an update');
    });

    it('are made by replacing them where they are not there', async () => {
      const { coordination } = at().client;
      const body = { ...lease('one'), metadata: { name: 'put' } };
      const made = await coordination.replaceNamespacedLeaseWithHttpInfo({ namespace, name: 'put', body });
      expect(made.httpStatusCode).toBe(201);
      expect(made.data.spec?.holderIdentity).toBe('one');
    });

    it('are given back from the version that was read', async () => {
      const { coordination } = at().client;
      const { metadata } = await coordination.readNamespacedLease({ namespace, name });
      const give = (resourceVersion: string) =>
        coordination.deleteNamespacedLease({ namespace, name, body: { preconditions: { resourceVersion } } });
      expect(await failureOf(give('1'))).toMatchObject({ code: 409, status: { reason: 'Conflict' } });
      expect(await give(metadata?.resourceVersion ?? '')).toMatchObject({ status: 'Success' });
      expect((await failureOf(coordination.readNamespacedLease({ namespace, name }))).code).toBe(404);
    });
  });
}
