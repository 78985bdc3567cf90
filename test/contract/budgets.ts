import type { V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import { type BudgetSpec, Evicting } from './evicting.ts';
import type { Place } from './suite.ts';
import { until } from './watching.ts';
import { jobNamed, nameOf, podsPath, runningPod } from './world.ts';

export function budgetContract(at: () => Place): void {
  let on: Evicting;

  describe('budgets', () => {
    beforeAll(async () => {
      on = await Evicting.start(at);
      await on.deployment('counted', 5);
      await runningPod(at().client, on.namespace, { name: 'single', labels: { app: 'single' } });
    });

    const counted: [string, BudgetSpec, [number, number, number, number]][] = [
      ['minAvailable 3', { minAvailable: 3 }, [5, 3, 5, 2]],
      ['minAvailable 5', { minAvailable: 5 }, [5, 5, 5, 0]],
      ['minAvailable 50%', { minAvailable: '50%' }, [5, 3, 5, 2]],
      ['minAvailable 100%', { minAvailable: '100%' }, [5, 5, 5, 0]],
      ['minAvailable 10', { minAvailable: 10 }, [5, 10, 5, 0]],
      ['maxUnavailable 1', { maxUnavailable: 1 }, [5, 4, 5, 1]],
      ['maxUnavailable 30%', { maxUnavailable: '30%' }, [5, 3, 5, 2]],
      ['maxUnavailable 0', { maxUnavailable: 0 }, [5, 5, 5, 0]],
      ['maxUnavailable 9', { maxUnavailable: 9 }, [5, 0, 5, 5]],
    ];

    it.each(counted)('count %s of five', async (title, spec, [expected, desired, healthy, allowed]) => {
      const name = title.toLowerCase().replace('%', '-percent').replace(' ', '-');
      await on.budget(name, { ...spec, selector: { matchLabels: { app: 'counted' } } });
      const { status } = await on.settledBudget(name);
      expect(status).toMatchObject({
        expectedPods: expected,
        desiredHealthy: desired,
        currentHealthy: healthy,
        disruptionsAllowed: allowed,
      });
      expect(status?.conditions).toMatchObject([
        {
          type: 'DisruptionAllowed',
          status: allowed > 0 ? 'True' : 'False',
          reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        },
      ]);
    });

    it('count a pod without a controller by its number, and not by a share', async () => {
      const selector = { matchLabels: { app: 'single' } };
      await on.budget('single-number', { minAvailable: 1, selector });
      await on.budget('single-share', { maxUnavailable: '50%', selector });
      expect((await on.settledBudget('single-number')).status).toMatchObject({
        expectedPods: 1,
        disruptionsAllowed: 0,
      });
      expect((await on.settledBudget('single-share')).status).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
    });

    it('without a selector select nothing, with an empty one the whole namespace', async () => {
      await on.budget('nobody', { minAvailable: 1 });
      await on.budget('everybody', { minAvailable: 1, selector: {} });
      expect((await on.settledBudget('nobody')).status?.expectedPods).toBe(0);
      expect((await on.settledBudget('everybody')).status).toMatchObject({ expectedPods: 6, disruptionsAllowed: 5 });
    });

    it('follow their pods', async () => {
      // Where several budgets select a pod, the controller of a real cluster looks at one of them only when it changes.
      on = await Evicting.start(at);
      await on.budget('follows', { minAvailable: 1, selector: { matchLabels: { app: 'follows' } } });
      expect((await on.settledBudget('follows')).status).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
      const made: V1Pod[] = [];
      for (const name of ['follows-1', 'follows-2']) {
        made.push(await runningPod(at().client, on.namespace, { name, labels: { app: 'follows' } }));
      }
      await on.settledBudget('follows', status => status.currentHealthy === 2 && status.disruptionsAllowed === 1);
      await at().client.core.deleteNamespacedPod({ namespace: on.namespace, name: nameOf(made[0] ?? {}) });
      await on.settledBudget('follows', status => status.currentHealthy === 1 && status.disruptionsAllowed === 0);
    });

    it('cannot count a pod of a Job by replicas, though it has ended, and say so', async () => {
      on = await Evicting.start(at);
      const job = jobNamed('batch');
      const labels = { app: 'batch' };
      const ended = { ...job.spec, template: { ...job.spec?.template, metadata: { labels } } };
      await at().client.batch.createNamespacedJob({ namespace: on.namespace, body: { ...job, spec: ended } });
      await until<V1Pod, true>(
        at().client,
        podsPath(on.namespace),
        pods => pods.some(({ status }) => status?.phase === 'Succeeded') || undefined,
      );
      await on.budget('batch-number', { minAvailable: 1, selector: { matchLabels: labels } });
      expect((await on.settledBudget('batch-number')).status).toMatchObject({ expectedPods: 1, currentHealthy: 0 });
      await on.budget('batch-share', { maxUnavailable: 1, selector: { matchLabels: labels } });
      const { status } = await until<V1PodDisruptionBudget, V1PodDisruptionBudget>(
        at().client,
        on.budgetsPath,
        budgets => budgets.find(each => nameOf(each) === 'batch-share' && each.status?.conditions?.length),
      );
      expect(status).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
      expect(status?.observedGeneration).toBeUndefined();
      expect(status?.conditions).toMatchObject([
        {
          type: 'DisruptionAllowed',
          status: 'False',
          reason: 'SyncFailed',
          message: 'jobs.batch does not implement the scale subresource',
        },
      ]);
    });
  });
}
