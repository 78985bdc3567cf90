import { PatchStrategy } from '@kubernetes/client-node';
import { as, failureOf } from './client.ts';
import { Evicting, GRANTED, OTHER_UID } from './evicting.ts';
import type { Place } from './suite.ts';
import { openWatch } from './watching.ts';
import { jobNamed, nameOf, runningPod, slowPod, uidOf } from './world.ts';

export function guardedEvictionContract(at: () => Place): void {
  let on: Evicting;

  describe('evictions under budgets', () => {
    beforeAll(async () => {
      on = await Evicting.start(at);
    });

    /** Two pods that nobody replaces, of which a budget of their name lets one go. */
    const pair = async (app: string) => {
      const make = (name: string) => slowPod(at().client, on.namespace, { labels: { app }, name });
      await Promise.all([make(`${app}-1`), make(`${app}-2`)]);
      await on.budget(app, { minAvailable: 1, selector: { matchLabels: { app } } });
      return await on.settledBudget(app, ({ disruptionsAllowed }) => disruptionsAllowed === 1);
    };

    it('wait for a budget: 429 with its cause and no Retry-After, before any look at the UID', async () => {
      // Nobody replaces these pods, so that the budget stays spent.
      const labels = { app: 'tight' };
      const make = (name: string) => runningPod(at().client, on.namespace, { name, labels });
      const [pod, other] = await Promise.all([make('tight-1'), make('tight-2')]);
      await on.budget('tight', { minAvailable: 1, selector: { matchLabels: labels } });
      await on.settledBudget('tight', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      await on.evict(nameOf(pod), { dryRun: ['All'] });
      expect((await on.settledBudget('tight')).status?.disruptionsAllowed).toBe(1);

      await on.evict(nameOf(pod));
      const refusal = {
        code: 429,
        status: {
          reason: 'TooManyRequests',
          message: "Cannot evict pod as it would violate the pod's disruption budget.",
          code: 429,
          details: {
            causes: [
              {
                reason: 'DisruptionBudget',
                message: 'The disruption budget tight needs 1 healthy pods and has 1 currently',
              },
            ],
          },
        },
      };
      await on.settledBudget('tight', ({ currentHealthy }) => currentHealthy === 1);
      for (const options of [{}, { dryRun: ['All'] }, { preconditions: { uid: OTHER_UID } }]) {
        const failure = await failureOf(on.evict(nameOf(other), options));
        expect(failure).toMatchObject(refusal);
        expect(failure.headers).not.toHaveProperty('retry-after');
        expect(failure.status?.details).not.toHaveProperty('retryAfterSeconds');
      }
      await make('tight-3');
      await on.settledBudget('tight', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      await on.evict(nameOf(other), { preconditions: { uid: uidOf(other) } });
    });

    it('spend the budget even where the UID is wrong, so that a mistake costs others their turn', async () => {
      await runningPod(at().client, on.namespace, { name: 'spent', labels: { app: 'spent' } });
      await on.budget('spent', { minAvailable: 0, selector: { matchLabels: { app: 'spent' } } });
      await on.settledBudget('spent', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      expect((await failureOf(on.evict('spent', { preconditions: { uid: OTHER_UID } }))).code).toBe(409);
      const { status } = await on.settledBudget('spent', ({ disruptionsAllowed }) => disruptionsAllowed === 0);
      expect(Object.keys(status?.disruptedPods ?? {})).toEqual(['spent']);
    });

    it('lower the budget in the write that names their pod, before they are answered', async () => {
      const { metadata } = await pair('lowered');
      const writes = await openWatch(at().client, on.budgetsPath, {
        resourceVersion: metadata?.resourceVersion,
        fieldSelector: 'metadata.name=lowered',
      });
      expect(await on.evict('lowered-1')).toEqual(GRANTED);
      expect((await failureOf(on.evict('lowered-2'))).code).toBe(429);
      const [first] = await writes.until(1);
      writes.close();
      // The controller has not counted yet.
      expect(first?.object).toMatchObject({
        status: {
          currentHealthy: 2,
          disruptionsAllowed: 0,
          disruptedPods: { 'lowered-1': expect.any(String) },
          conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
        },
      });
    });

    it('are forgotten by the budget once their pod is on its way out', async () => {
      await pair('leaves');
      await on.evict('leaves-1');
      await on.settledBudget('leaves', ({ disruptedPods }) => disruptedPods === undefined);
      const leaving = await at().client.core.readNamespacedPod({ namespace: on.namespace, name: 'leaves-1' });
      expect(leaving.metadata?.deletionTimestamp).toBeInstanceOf(Date);
    });

    it('are forgotten by the budget once their pod is gone', async () => {
      await pair('gone');
      await on.evict('gone-1', { gracePeriodSeconds: 0 });
      // Whoever has counted this one has seen the other go.
      await runningPod(at().client, on.namespace, { name: 'gone-3', labels: { app: 'gone' } });
      const { status } = await on.settledBudget('gone', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      expect(status?.disruptedPods).toBeUndefined();
    });

    it('are forgotten by the budget where their pod has not left within two minutes', async () => {
      await pair('stayed');
      const since = new Date(Date.now() - 3 * 60_000).toISOString();
      const body = { status: { disruptionsAllowed: 0, disruptedPods: { 'stayed-1': since } } };
      const written = await at().client.policy.patchNamespacedPodDisruptionBudgetStatus(
        { namespace: on.namespace, name: 'stayed', body },
        as(PatchStrategy.MergePatch),
      );
      expect(Object.keys(written.status?.disruptedPods ?? {})).toEqual(['stayed-1']);
      const { status } = await on.settledBudget('stayed', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      expect(status?.disruptedPods).toBeUndefined();
    });

    it('grant no more than the budget allows, however many ask at once', async () => {
      // Nobody replaces these pods: a server tries again for half a second where evictions get into each other's way.
      const labels = { app: 'rush' };
      const pods = await Promise.all(
        [1, 2, 3, 4].map(index => runningPod(at().client, on.namespace, { name: `rush-${index}`, labels })),
      );
      await on.budget('rush', { minAvailable: 3, selector: { matchLabels: labels } });
      await on.settledBudget('rush', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      const answers = await Promise.allSettled(pods.map(pod => on.evict(nameOf(pod))));
      const granted = answers.filter(({ status }) => status === 'fulfilled');
      expect(granted.length).toBe(1);
      for (const answer of answers) {
        if (answer.status === 'fulfilled') continue;
        const { code, status } = await failureOf(Promise.reject(answer.reason));
        expect([429, 409]).toContain(code);
        // Where the pods have not been counted since, nobody tells how many there were.
        if (code === 429) {
          expect(status?.details?.causes?.[0]?.message).toMatch(
            /^The disruption budget rush (needs 3 healthy pods and has 3 currently|does not allow evicting pods currently)$/,
          );
        }
      }
    });

    it('wait for a budget whose pods cannot be counted any more: 429 with what the controller says', async () => {
      const [pod] = await on.deployment('uncountable', 2);
      const labels = { app: 'uncountable' };
      await on.budget('uncountable', { maxUnavailable: '50%', selector: { matchLabels: labels } });
      await on.settledBudget('uncountable', ({ disruptionsAllowed }) => disruptionsAllowed === 1);
      const { spec, ...job } = jobNamed('uncountable');
      const template = { ...spec?.template, metadata: { labels } };
      await at().client.batch.createNamespacedJob({
        namespace: on.namespace,
        body: { ...job, spec: { ...spec, template } },
      });
      await on.settledBudget('uncountable', ({ conditions }) => conditions?.[0]?.reason === 'SyncFailed');
      expect(await failureOf(on.evict(nameOf(pod ?? {})))).toMatchObject({
        code: 429,
        status: {
          details: {
            causes: [
              {
                reason: 'DisruptionBudget',
                message:
                  'The disruption budget uncountable does not allow evicting pods currently because it failed sync: ' +
                  'jobs.batch does not implement the scale subresource',
              },
            ],
          },
        },
      });
    });

    it('do not know which of two budgets to spend: 500 without a reason', async () => {
      await runningPod(at().client, on.namespace, { name: 'torn', labels: { app: 'torn' } });
      const selector = { matchLabels: { app: 'torn' } };
      for (const name of ['torn-1', 'torn-2']) {
        await on.budget(name, { maxUnavailable: 1, selector });
        await on.settledBudget(name);
      }
      const { code, status } = await failureOf(on.evict('torn'));
      expect(code).toBe(500);
      expect(status?.message).toBe(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
      expect(status?.reason).toBeUndefined();
    });

    it('take an unhealthy pod by the policy of its budget', async () => {
      const [sick] = await on.deployment('sick', 2);
      const name = nameOf(sick ?? {});
      const selector = { matchLabels: { app: 'sick' } };
      await on.budget('sick', { minAvailable: 2, selector });
      const conditions = [{ type: 'Ready', status: 'False' }];
      await at().client.core.patchNamespacedPodStatus(
        { namespace: on.namespace, name, body: { status: { conditions } } },
        as(PatchStrategy.StrategicMergePatch),
      );
      await on.settledBudget('sick', ({ currentHealthy }) => currentHealthy === 1);
      expect((await failureOf(on.evict(name))).code).toBe(429);
      await at().client.policy.patchNamespacedPodDisruptionBudget(
        { namespace: on.namespace, name: 'sick', body: { spec: { minAvailable: 1 } } },
        as(PatchStrategy.MergePatch),
      );
      await on.settledBudget('sick', ({ desiredHealthy }) => desiredHealthy === 1);
      expect(await on.evict(name, {}, 'All')).toEqual(GRANTED);
      const always = { minAvailable: 2, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
      await at().client.policy.patchNamespacedPodDisruptionBudget(
        { namespace: on.namespace, name: 'sick', body: { spec: always } },
        as(PatchStrategy.MergePatch),
      );
      await on.settledBudget('sick', ({ desiredHealthy }) => desiredHealthy === 2);
      expect(await on.evict(name)).toEqual(GRANTED);
    });
  });
}
