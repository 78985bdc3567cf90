import { PatchStrategy } from '@kubernetes/client-node';
import { as, failureOf } from './client.ts';
import { Evicting, GRANTED, OTHER_UID } from './evicting.ts';
import type { Place } from './suite.ts';
import { podGone, runningPod, slowPod, uidOf } from './world.ts';

export function evictionContract(at: () => Place): void {
  let on: Evicting;

  describe('evictions', () => {
    beforeAll(async () => {
      on = await Evicting.start(at);
    });

    it('may be gone around by a delete, which no budget holds; it spares a pod of another UID', async () => {
      const pod = await slowPod(at().client, on.namespace, { name: 'held', labels: { app: 'held' } });
      await on.budget('held', { minAvailable: 1, selector: { matchLabels: { app: 'held' } } });
      const { core } = at().client;
      const request = (uid: string) =>
        core.deleteNamespacedPod({ namespace: on.namespace, name: 'held', body: { preconditions: { uid } } });
      expect(await failureOf(request('00000000-0000-4000-8000-000000000000'))).toMatchObject({ code: 409 });
      await request(uidOf(pod));
      const leaving = await core.readNamespacedPod({ namespace: on.namespace, name: 'held' });
      expect(leaving.metadata?.deletionGracePeriodSeconds).toBe(30);
      await podGone(at().client, on.namespace, uidOf(pod));
    });

    it('delete a pod gracefully and mark why: 201, Success', async () => {
      const pod = await slowPod(at().client, on.namespace, { name: 'free' });
      expect(await on.evict('free', { preconditions: { uid: uidOf(pod) } })).toEqual(GRANTED);
      const leaving = await at().client.core.readNamespacedPod({ namespace: on.namespace, name: 'free' });
      expect(leaving.metadata?.deletionTimestamp).toBeInstanceOf(Date);
      expect(leaving.metadata?.deletionGracePeriodSeconds).toBe(30);
      expect(leaving.status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
      );
      expect(await on.evict('free')).toEqual(GRANTED);
      await podGone(at().client, on.namespace, uidOf(pod));
      expect(await failureOf(on.evict('free'))).toMatchObject({
        code: 404,
        status: { reason: 'NotFound', message: 'pods "free" not found' },
      });
    });

    it('honour a grace period of their own', async () => {
      await slowPod(at().client, on.namespace, { name: 'hasty' });
      await on.evict('hasty', { gracePeriodSeconds: 12 });
      const { metadata } = await at().client.core.readNamespacedPod({ namespace: on.namespace, name: 'hasty' });
      expect(metadata?.deletionGracePeriodSeconds).toBe(12);
    });

    it('spare a pod of another UID: 409, Conflict', async () => {
      const pod = await runningPod(at().client, on.namespace, { name: 'another' });
      expect(await failureOf(on.evict('another', { preconditions: { uid: OTHER_UID } }))).toMatchObject({
        code: 409,
        status: {
          reason: 'Conflict',
          message: expect.stringContaining(
            `the UID in the precondition (${OTHER_UID}) does not match the UID in record (${uidOf(pod)})`,
          ),
        },
      });
      const { metadata } = await at().client.core.readNamespacedPod({ namespace: on.namespace, name: 'another' });
      expect(metadata?.deletionTimestamp).toBeUndefined();
    });

    it('are refused for another name than the path says: 400', async () => {
      const body = { metadata: { name: 'somebody' } };
      const request = at().client.core.createNamespacedPodEviction({ namespace: on.namespace, name: 'another', body });
      expect(await failureOf(request)).toMatchObject({ code: 400, status: { reason: 'BadRequest' } });
    });

    it('try only, in a dry run', async () => {
      await runningPod(at().client, on.namespace, { name: 'tried' });
      expect(await on.evict('tried', { dryRun: ['All'] })).toEqual(GRANTED);
      expect(await on.evict('tried', {}, 'All')).toEqual(GRANTED);
      const { metadata } = await at().client.core.readNamespacedPod({ namespace: on.namespace, name: 'tried' });
      expect(metadata?.deletionTimestamp).toBeUndefined();
    });

    it('spare a pod that was written since it was looked at: 409, Conflict', async () => {
      const pod = await runningPod(at().client, on.namespace, { name: 'written' });
      const resourceVersion = pod.metadata?.resourceVersion ?? '';
      const body = { metadata: { annotations: { note: 'written meanwhile' } } };
      const { core } = at().client;
      await core.patchNamespacedPod({ namespace: on.namespace, name: 'written', body }, as(PatchStrategy.MergePatch));
      expect(await failureOf(on.evict('written', { preconditions: { resourceVersion } }))).toMatchObject({
        code: 409,
        status: {
          reason: 'Conflict',
          message: expect.stringMatching(
            /the ResourceVersion in the precondition \(\d+\) does not match the ResourceVersion in record \(\d+\)/,
          ),
        },
      });
      const found = await core.readNamespacedPod({ namespace: on.namespace, name: 'written' });
      expect(found.metadata?.uid).toBe(uidOf(pod));
      expect(found.metadata?.deletionTimestamp).toBeUndefined();
    });
  });
}
