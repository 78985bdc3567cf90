import type { V1Pod } from '@kubernetes/client-node';
import type { Blocker } from '../../src/run/blocker.ts';
import { until } from '../contract/watching.ts';
import { nameOf, podGone, podsPath, stoppingIn, uidOf } from '../contract/world.ts';
import type { DrainScene } from './drain-scene.ts';

export const EVICTED = { kind: 'evicted' };

/** What `drains` needs of its hooks. */
export interface Hooks {
  start(): Promise<DrainScene>;
  readonly startMs: number;
  readonly stopMs: number;
}

/** Where a case finds its node and its pods; valid within each case. */
export interface Place {
  readonly scene: DrainScene;
  readonly namespace: string;
}

export const LABELS = { app: 'guarded' };
export const SELECTOR = { matchLabels: LABELS };

/**
 * Drains as a worker of the chart, whoever the kubelets are: of a pod nothing is written that is its kubelet's to say.
 * `others`: cases for kubelets that leave that to the test.
 */
export function drains(
  name: string,
  { start, startMs, stopMs }: Hooks,
  others: (at: () => Place) => void = () => undefined,
): void {
  describe(`a drain, on ${name}, as a worker of the chart`, () => {
    let scene: DrainScene;
    let namespace: string;

    beforeAll(async () => {
      scene = await start();
    }, startMs);
    afterAll(() => scene?.stop(), stopMs);
    beforeEach(async () => {
      namespace = await scene.namespace();
    });

    afterEach(() => scene.clear(namespace));

    /** As long as it stops, the drain goes on and is told what became of the others. */
    const lasting = () => scene.pod(namespace, 'lasting', ...stoppingIn(3));

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
      expect(await podsOn(scene.node, { scene, namespace })).toEqual(['again']);
    });

    it('429: waits for a budget to open, and starves no pod without one meanwhile', async () => {
      await Promise.all(['held-1', 'held-2'].map(name => scene.pod(namespace, name, { labels: LABELS })));
      await scene.pod(namespace, 'free');
      await scene.guard(namespace, 'tight', { minAvailable: 2, selector: SELECTOR });
      await scene.budgetWhere(namespace, 'tight', ({ currentHealthy }) => currentHealthy === 2);
      const told: (readonly Blocker[])[] = [];
      const { answers } = await scene.drain({
        onReport: async blockers => {
          told.push(blockers);
          const held = blockers.filter(({ cause }) => cause.kind === 'budget');
          if (held.length < 2 || (await podsOn(scene.other, { scene, namespace })).length > 0) return;
          for (const name of ['spare-1', 'spare-2'])
            await scene.pod(namespace, name, { labels: LABELS }, { nodeName: scene.other });
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
      expect(
        told.flat().some(({ cause }) => cause.kind === 'budget' && cause.budget.name === `${namespace}/tight`),
      ).toBe(true);
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
      await scene.pod(namespace, 'uncounted', { labels: LABELS, ownerReferences });
      await scene.guard(namespace, 'share', { maxUnavailable: '50%', selector: SELECTOR });
      const { ms, answers } = await scene.drain({
        onReport: async () => scene.changeBudget(namespace, 'share', { minAvailable: 0, maxUnavailable: null }),
      });
      expect(answers[0]?.[1]).toMatchObject({ kind: 'refused', budget: 'share', retryAfterSeconds: 10 });
      expect(answers.at(-1)).toEqual(['uncounted', EVICTED]);
      expect(answers).toHaveLength(2);
      expect(ms).toBeGreaterThanOrEqual(10_000);
    });

    it('500: says at once which budgets cover a pod together, and evicts it when one is left', async () => {
      await scene.pod(namespace, 'torn', { labels: LABELS });
      for (const name of ['one', 'two']) {
        await scene.guard(namespace, name, { minAvailable: 0, selector: SELECTOR });
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

    it('waits for pods that are stopping already, and hurries only those that have longer than it gives', async () => {
      const [slow, slower] = await Promise.all(
        ['slow', 'slower'].map(name => scene.pod(namespace, name, ...stoppingIn(3))),
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

    it('lets pods of lower priority leave first, where that is asked for', async () => {
      await scene.pod(namespace, 'high', {}, { priorityClassName: 'system-cluster-critical' });
      await scene.pod(namespace, 'low');
      let there: readonly string[] = [];
      const { answers } = await scene.drain({
        rules: { order: 'priority' },
        before: async name => {
          if (name === 'high') there = await podsOn(scene.node, { scene, namespace });
        },
      });
      expect(answers).toEqual([
        ['low', EVICTED],
        ['high', EVICTED],
      ]);
      expect(there).toEqual(['high']);
    });

    others(() => ({ scene, namespace }));
  });
}

/** The names of the test's pods on a node. */
export async function podsOn(node: string, { scene, namespace }: Place): Promise<readonly string[]> {
  const { items } = await scene.admin.core.listNamespacedPod({ namespace, fieldSelector: `spec.nodeName=${node}` });
  return items.map(nameOf);
}
