import { PatchStrategy, type V1Pod } from '@kubernetes/client-node';
import type { Blocker } from '../../src/run/blocker.ts';
import { as } from '../contract/client.ts';
import { until } from '../contract/watching.ts';
import { nameOf, podGone, podsPath, uidOf } from '../contract/world.ts';
import { START_MS } from './cluster.ts';
import { DrainScene, NODE } from './drain-scene.ts';

const OTHER = 'worker-2';
const EVICTED = { kind: 'evicted' };

describe('a drain, on a real API server, as a worker of the chart', () => {
  let scene: DrainScene;
  let namespace: string;
  const labels = { app: 'guarded' };
  const selector = { matchLabels: labels };

  beforeAll(async () => {
    scene = await DrainScene.start();
  }, START_MS);
  afterAll(() => scene?.stop(), 30_000);
  beforeEach(async () => {
    namespace = await scene.namespace();
  });

  afterEach(() => scene.clear(namespace));

  /** As long as it stops, the drain goes on and is told what became of the others. */
  const lasting = () => scene.pod(namespace, 'lasting', { annotations: { 'kwok.capstan.test/stops-in': '3s' } });
  const podsOn = async (node: string) => {
    const { items } = await scene.admin.core.listNamespacedPod({ namespace, fieldSelector: `spec.nodeName=${node}` });
    return items.map(nameOf);
  };
  const setStatus = (name: string, status: V1Pod['status']) =>
    scene.admin.core.patchNamespacedPodStatus({ namespace, name, body: { status } }, as(PatchStrategy.MergePatch));

  it('201: evicts what is there, and is over within a second of the last pod', async () => {
    const pods = await Promise.all(['a', 'b', 'c'].map(name => scene.pod(namespace, name)));
    const gone = Promise.all(pods.map(pod => podGone(scene.admin, namespace, uidOf(pod)))).then(() => Date.now());
    const { answers } = await scene.drain();
    const ended = Date.now();
    expect(Object.fromEntries(answers)).toEqual({ a: EVICTED, b: EVICTED, c: EVICTED });
    expect(ended - (await gone)).toBeLessThan(1_000);
  });

  it('404: takes a pod that somebody else has removed meanwhile for gone', async () => {
    await Promise.all([scene.pod(namespace, 'removed'), lasting()]);
    const { answers } = await scene.drain({
      before: async name => {
        if (name === 'removed') await scene.remove(namespace, name);
      },
    });
    expect(Object.fromEntries(answers)).toEqual({ removed: { kind: 'gone' }, lasting: EVICTED });
  });

  it('409: leaves a pod alone that has taken the name of another, on the same node too', async () => {
    await Promise.all([scene.pod(namespace, 'again'), lasting()]);
    const tolerations = [{ operator: 'Exists' }];
    const { answers } = await scene.drain({
      before: async name => {
        if (name !== 'again') return;
        await scene.remove(namespace, name);
        await scene.pod(namespace, name, {}, { tolerations });
      },
    });
    expect(Object.fromEntries(answers)).toEqual({ again: { kind: 'gone' }, lasting: EVICTED });
    expect(await podsOn(NODE)).toEqual(['again']);
  });

  it('429: waits for a budget to open, and starves no pod without one meanwhile', async () => {
    await Promise.all(['held-1', 'held-2'].map(name => scene.pod(namespace, name, { labels })));
    await scene.pod(namespace, 'free');
    await scene.guard(namespace, 'tight', { minAvailable: 2, selector });
    await scene.budgetWhere(namespace, 'tight', ({ currentHealthy }) => currentHealthy === 2);
    const told: (readonly Blocker[])[] = [];
    const { answers } = await scene.drain({
      onReport: async blockers => {
        told.push(blockers);
        const held = blockers.filter(({ cause }) => cause.kind === 'budget');
        if (held.length < 2 || (await podsOn(OTHER)).length > 0) return;
        for (const name of ['spare-1', 'spare-2']) await scene.pod(namespace, name, { labels }, { nodeName: OTHER });
      },
    });
    const first = answers.slice(0, 3).map(([name, { kind }]) => `${name} ${kind}`);
    expect(first.sort()).toEqual(['free evicted', 'held-1 refused', 'held-2 refused']);
    expect(
      answers
        .slice(3)
        .map(([name]) => name)
        .sort(),
    ).toEqual(['held-1', 'held-2']);
    expect(told.flat().some(({ cause }) => cause.kind === 'budget' && cause.budget.name === `${namespace}/tight`)).toBe(
      true,
    );
  });

  it('429 with Retry-After: waits that long for a budget that its controller has not counted, and not for ever', async () => {
    // Of a controller that there is no such kind of nobody can tell the scale, so that the share is not counted.
    const ownerReferences = [
      {
        apiVersion: 'example.com/v1',
        kind: 'Widget',
        name: 'w',
        uid: '00000000-0000-4000-8000-000000000000',
        controller: true,
      },
    ];
    await scene.pod(namespace, 'uncounted', { labels, ownerReferences });
    await scene.guard(namespace, 'share', { maxUnavailable: '50%', selector });
    const { ms, answers } = await scene.drain({
      onReport: async () => scene.changeBudget(namespace, 'share', { minAvailable: 0, maxUnavailable: null }),
    });
    expect(answers[0]?.[1]).toMatchObject({ kind: 'refused', budget: 'share', retryAfterSeconds: 10 });
    expect(answers.at(-1)).toEqual(['uncounted', EVICTED]);
    expect(answers).toHaveLength(2);
    expect(ms).toBeGreaterThanOrEqual(10_000);
  });

  it('500: says at once which budgets cover a pod together, and evicts it when one is left', async () => {
    await scene.pod(namespace, 'torn', { labels });
    for (const name of ['one', 'two']) {
      await scene.guard(namespace, name, { minAvailable: 0, selector });
      await scene.budgetWhere(namespace, name, ({ expectedPods }) => expectedPods === 1);
    }
    const told: Blocker[] = [];
    const { answers } = await scene.drain({
      onReport: async blockers => {
        told.push(...blockers);
        if (blockers.some(({ cause }) => cause.kind === 'budgets')) {
          await scene.admin.policy.deleteNamespacedPodDisruptionBudget({ namespace, name: 'two' });
        }
      },
    });
    expect(told[0]).toMatchObject({ cause: { kind: 'budgets', names: [`${namespace}/one`, `${namespace}/two`] } });
    expect(answers[0]?.[1]).toMatchObject({ kind: 'misconfigured' });
    expect(answers.at(-1)).toEqual(['torn', EVICTED]);
  });

  it('403: waits for the deletion of a namespace to reach its pods', async () => {
    await scene.pod(namespace, 'doomed');
    const { answers } = await scene.drain({
      before: async () => void (await scene.admin.core.deleteNamespace({ name: namespace })),
    });
    expect(answers).toEqual([
      ['doomed', { kind: 'namespace-terminating', detail: expect.stringContaining('terminated') }],
    ]);
  });

  it('evicts pods that have finished, whatever their budget', async () => {
    await scene.pod(namespace, 'done', { labels });
    await setStatus('done', { phase: 'Succeeded', conditions: [{ type: 'Ready', status: 'False' }] });
    await scene.guard(namespace, 'closed', { minAvailable: 1, selector });
    await scene.budgetWhere(namespace, 'closed', ({ disruptionsAllowed }) => disruptionsAllowed === 0);
    const { answers } = await scene.drain({ rules: { force: false, deleteEmptyDirData: false } });
    expect(answers).toEqual([['done', EVICTED]]);
  });

  it('waits for pods that are stopping already, and hurries only those that have longer than it gives', async () => {
    const annotations = { 'kwok.capstan.test/stops-in': '3s' };
    const [slow, slower] = await Promise.all(
      ['slow', 'slower'].map(name => scene.pod(namespace, name, { annotations })),
    );
    await scene.admin.core.deleteNamespacedPod({ namespace, name: 'slow', gracePeriodSeconds: 5 });
    await scene.admin.core.deleteNamespacedPod({ namespace, name: 'slower', gracePeriodSeconds: 3_600 });
    const hurried = until<V1Pod, true>(
      scene.admin,
      podsPath(namespace),
      pods =>
        pods.some(pod => nameOf(pod) === 'slower' && pod.metadata?.deletionGracePeriodSeconds === 10) || undefined,
    );
    const { answers } = await scene.drain({ rules: { graceSeconds: 10 } });
    expect(answers).toEqual([['slower', EVICTED]]);
    expect(await hurried).toBe(true);
    for (const pod of [slow, slower]) await podGone(scene.admin, namespace, uidOf(pod ?? {}));
  });

  it('lets an unhealthy pod go by the policy of its budget', async () => {
    await Promise.all(
      ['sick', 'well'].map(name =>
        scene.pod(namespace, name, { labels }, { nodeName: name === 'sick' ? NODE : OTHER }),
      ),
    );
    await setStatus('sick', { conditions: [{ type: 'Ready', status: 'False' }] });
    await scene.guard(namespace, 'strict', {
      minAvailable: 2,
      selector,
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    });
    await scene.budgetWhere(namespace, 'strict', ({ currentHealthy }) => currentHealthy === 1);
    const unhealthyPodEvictionPolicy = 'AlwaysAllow';
    const { answers } = await scene.drain({
      onReport: async () =>
        scene.changeBudget(namespace, 'strict', { minAvailable: 2, selector, unhealthyPodEvictionPolicy }),
    });
    expect(answers.map(([, { kind }]) => kind)).toEqual(['refused', 'evicted']);
    expect(await podsOn(OTHER)).toEqual(['well']);
  });

  it('lets an unhealthy pod go at once where its budget has all that it needs', async () => {
    for (const name of ['sick', 'well'])
      await scene.pod(namespace, name, { labels }, { nodeName: name === 'sick' ? NODE : OTHER });
    await setStatus('sick', { conditions: [{ type: 'Ready', status: 'False' }] });
    await scene.guard(namespace, 'content', {
      minAvailable: 1,
      selector,
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

  it('lets pods of lower priority leave first, where that is asked for', async () => {
    await scene.pod(namespace, 'high', {}, { priorityClassName: 'system-cluster-critical' });
    await scene.pod(namespace, 'low');
    const { answers, ms } = await scene.drain({ rules: { order: 'priority' } });
    expect(answers).toEqual([
      ['low', EVICTED],
      ['high', EVICTED],
    ]);
    expect(ms).toBeGreaterThanOrEqual(2_000);
  });
});
