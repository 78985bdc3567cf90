import { PatchStrategy, type V1Pod } from '@kubernetes/client-node';
import { as } from '../contract/client.ts';
import { START_MS } from './cluster.ts';
import { DrainScene } from './drain-scene.ts';
import { drains, EVICTED, LABELS, type Place, podsOn, SELECTOR } from './drains.ts';

drains('a real API server', { start: () => DrainScene.start(), startMs: START_MS, stopMs: 30_000 }, at => {
  it('evicts pods that have finished, whatever their budget', async () => {
    const { scene, namespace } = at();
    await scene.pod(namespace, 'done', { labels: LABELS });
    await setStatus(at(), 'done', { phase: 'Succeeded', conditions: [{ type: 'Ready', status: 'False' }] });
    await scene.guard(namespace, 'closed', { minAvailable: 1, selector: SELECTOR });
    await scene.budgetWhere(namespace, 'closed', ({ disruptionsAllowed }) => disruptionsAllowed === 0);
    const { answers } = await scene.drain({ rules: { force: false, deleteEmptyDirData: false } });
    expect(answers).toEqual([['done', EVICTED]]);
  });

  it('lets an unhealthy pod go by the policy of its budget', async () => {
    const { scene, namespace } = at();
    await Promise.all(
      ['sick', 'well'].map(name =>
        scene.pod(namespace, name, { labels: LABELS }, { nodeName: name === 'sick' ? scene.node : scene.other }),
      ),
    );
    await setStatus(at(), 'sick', { conditions: [{ type: 'Ready', status: 'False' }] });
    await scene.guard(namespace, 'strict', {
      minAvailable: 2,
      selector: SELECTOR,
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    });
    await scene.budgetWhere(namespace, 'strict', ({ currentHealthy }) => currentHealthy === 1);
    const unhealthyPodEvictionPolicy = 'AlwaysAllow';
    const { answers } = await scene.drain({
      onReport: async () =>
        scene.changeBudget(namespace, 'strict', { minAvailable: 2, selector: SELECTOR, unhealthyPodEvictionPolicy }),
    });
    expect(answers.map(([, { kind }]) => kind)).toEqual(['refused', 'evicted']);
    expect(await podsOn(scene.other, at())).toEqual(['well']);
  });

  it('lets an unhealthy pod go at once where its budget has all that it needs', async () => {
    const { scene, namespace } = at();
    for (const name of ['sick', 'well'])
      await scene.pod(namespace, name, { labels: LABELS }, { nodeName: name === 'sick' ? scene.node : scene.other });
    await setStatus(at(), 'sick', { conditions: [{ type: 'Ready', status: 'False' }] });
    await scene.guard(namespace, 'content', {
      minAvailable: 1,
      selector: SELECTOR,
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    });
    await scene.budgetWhere(
      namespace,
      'content',
      ({ currentHealthy, disruptionsAllowed }) => currentHealthy === 1 && disruptionsAllowed === 0,
    );
    const { answers } = await scene.drain();
    expect(answers).toEqual([['sick', EVICTED]]);
  });
});

/** As its kubelet would say it. */
async function setStatus({ scene, namespace }: Place, name: string, status: V1Pod['status']): Promise<void> {
  const { core } = scene.admin;
  await core.patchNamespacedPodStatus({ namespace, name, body: { status } }, as(PatchStrategy.MergePatch));
}
