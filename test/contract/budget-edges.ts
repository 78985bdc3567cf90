import { PatchStrategy, type V1Pod } from '@kubernetes/client-node';
import { as, failureOf } from './client.ts';
import { Evicting, GRANTED, OTHER_UID } from './evicting.ts';
import type { Place } from './suite.ts';
import { until } from './watching.ts';
import { endingSpec, isReady, nameOf, podSpec, podsPath, runningPod, slowPod, template, uidOf } from './world.ts';

/** Where a budget counts and where it does not, told by evictions that are granted or refused. */
export function budgetEdgeContract(at: () => Place): void {
  let on: Evicting;

  describe('the edges of budgets', () => {
    beforeEach(async () => {
      on = await Evicting.start(at);
    });

    /** A budget that has nothing to give, over the pods of an app of its name. */
    const closed = async (app: string) => {
      await on.budget(app, { minAvailable: 1, selector: { matchLabels: { app } } });
      await on.settledBudget(app, ({ expectedPods, disruptionsAllowed }) => expectedPods === 1 && !disruptionsAllowed);
    };
    it('do not hold a pod that has not started', async () => {
      const spec = podSpec({ nodeSelector: { 'example.com/no-such': 'node' } });
      const metadata = { name: 'waiting', labels: { app: 'waiting' } };
      await at().client.core.createNamespacedPod({ namespace: on.namespace, body: { metadata, spec } });
      await closed('waiting');
      expect(await on.evict('waiting')).toEqual(GRANTED);
    });

    it('do not hold a pod that is over', async () => {
      const labels = { app: 'over' };
      const template = { metadata: { labels }, spec: endingSpec() };
      const body = { metadata: { name: 'over' }, spec: { backoffLimit: 0, template } };
      await at().client.batch.createNamespacedJob({ namespace: on.namespace, body });
      const over = await until<V1Pod, V1Pod>(at().client, podsPath(on.namespace), pods =>
        pods.find(({ status }) => status?.phase === 'Succeeded'),
      );
      await closed('over');
      expect(await on.evict(nameOf(over))).toEqual(GRANTED);
    });

    it('do not hold a pod that is leaving already', async () => {
      await slowPod(at().client, on.namespace, { name: 'leaving', labels: { app: 'leaving' } }, 10);
      await closed('leaving');
      await at().client.core.deleteNamespacedPod({ namespace: on.namespace, name: 'leaving' });
      expect(await on.evict('leaving')).toEqual(GRANTED);
    });

    it('do not hold pods of another namespace', async () => {
      const elsewhere = on;
      await elsewhere.budget('everything', { minAvailable: 1, selector: {} });
      on = await Evicting.start(at);
      await slowPod(at().client, on.namespace, { name: 'alone' });
      expect(await on.evict('alone')).toEqual(GRANTED);
    });

    it('hold a pod that is not ready where nothing is wanted of the others', async () => {
      await runningPod(at().client, on.namespace, { name: 'sick', labels: { app: 'sick' } });
      await on.budget('sick', { minAvailable: 0, selector: { matchLabels: { app: 'sick' } } });
      // A real kubelet soon says otherwise again.
      await at().client.core.patchNamespacedPodStatus(
        {
          namespace: on.namespace,
          name: 'sick',
          body: { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
        },
        as(PatchStrategy.StrategicMergePatch),
      );
      await on.settledBudget('sick', ({ expectedPods, currentHealthy }) => expectedPods === 1 && currentHealthy === 0);
      expect((await failureOf(on.evict('sick'))).code).toBe(429);
    });

    it('are asked again later where nobody has counted their pods yet: 429 with a Retry-After', async () => {
      // Of a controller that there is no such kind of nobody can tell the scale.
      const owner = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: OTHER_UID, controller: true };
      const labels = { app: 'uncounted' };
      await runningPod(at().client, on.namespace, { name: 'uncounted', labels, ownerReferences: [owner] });
      await on.budget('share', { maxUnavailable: '50%', selector: { matchLabels: labels } });
      const { code, headers, status } = await failureOf(on.evict('uncounted'));
      expect({ code, after: headers['retry-after'] }).toEqual({ code: 429, after: '10' });
      expect(status?.details).toMatchObject({
        retryAfterSeconds: 10,
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget share is still being processed by the server.',
          },
        ],
      });
    });

    it('count a pod of the same name that has come for one that was evicted', async () => {
      const { client } = at();
      const selector = { matchLabels: { app: 'db' } };
      const spec = { replicas: 2, serviceName: 'db', selector, template: template('db') };
      await client.apps.createNamespacedStatefulSet({
        namespace: on.namespace,
        body: { metadata: { name: 'db' }, spec },
      });
      await on.budget('db', { maxUnavailable: 1, selector });
      await on.settledBudget('db', ({ currentHealthy }) => currentHealthy === 2);
      const old = await client.core.readNamespacedPod({ namespace: on.namespace, name: 'db-1' });
      await on.evict('db-1');
      await until<V1Pod, V1Pod>(client, podsPath(on.namespace), pods =>
        pods.find(each => nameOf(each) === 'db-1' && uidOf(each) !== uidOf(old) && isReady(each)),
      );
      await on.settledBudget('db', status => status.currentHealthy === 2 && status.disruptionsAllowed === 1);
    });

    it('are counted anew once they are changed, which their generation tells', async () => {
      const made = await on.budget('changed', { minAvailable: 1, selector: {} });
      const { policy } = at().client;
      const which = { namespace: on.namespace, name: 'changed' };
      const patch = (body: object) =>
        policy.patchNamespacedPodDisruptionBudget({ ...which, body }, as(PatchStrategy.MergePatch));
      expect(made.metadata?.generation).toBe(1);
      expect((await patch({ metadata: { labels: { a: 'b' } } })).metadata?.generation).toBe(1);
      expect((await patch({ spec: { minAvailable: 2 } })).metadata?.generation).toBe(2);
      const { status } = await on.settledBudget('changed');
      expect(status).toMatchObject({ observedGeneration: 2, desiredHealthy: 2 });
    });
  });

  describe('the preconditions of an eviction', () => {
    beforeAll(async () => {
      on = await Evicting.start(at);
    });

    it.each(['uid', 'resourceVersion'])('%s: hold where it is only tried, too', async precondition => {
      const name = `meant-${precondition.toLowerCase()}`;
      await runningPod(at().client, on.namespace, { name });
      const value = precondition === 'uid' ? OTHER_UID : '1';
      for (const dryRun of [['All'], []]) {
        const refused = failureOf(on.evict(name, { dryRun, preconditions: { [precondition]: value } }));
        expect(await refused).toMatchObject({ code: 409, status: { reason: 'Conflict' } });
      }
    });
  });
}
