import type { V1Pod } from '@kubernetes/client-node';
import { nameOf, readyPods, template, uidOf } from '../contract/world.ts';
import { CAPSTAN_NAMESPACE } from './chart.ts';
import { type Cluster, START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { follow } from './follow.ts';
import { grantedTwice } from './granted-twice.ts';
import { Observer } from './observer.ts';
import { type Scene, setScene } from './scene.ts';
import { NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 180_000;
const APP = 'capstan-worker';

describe('a worker, the only one, in the cluster that it upgrades', () => {
  let scene: Scene;
  let own: V1Pod;

  /** Its pod is played by kwok; the process stands for the container. */
  async function asPod({ plane }: Cluster) {
    const labels = {
      app: APP,
      'app.kubernetes.io/part-of': 'capstan',
      'app.kubernetes.io/component': 'worker',
    };
    await plane.admin.apps.createNamespacedDeployment({
      namespace: CAPSTAN_NAMESPACE,
      body: {
        metadata: { name: APP },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: APP } },
          template: { ...template(APP), metadata: { labels } },
        },
      },
    });
    const [pod] = await readyPods(plane.admin, CAPSTAN_NAMESPACE, APP, 1);
    if (!pod) throw new Error('The worker has no pod.');
    own = pod;
    return { worker: { CAPSTAN_POD_UID: uidOf(pod), CAPSTAN_POD_NODE: pod.spec?.nodeName ?? '' } };
  }

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 3 }, asPod);
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  it(
    'upgrades its own node last, evicts itself when every other pod has left, and goes on as the new pod',
    async () => {
      const { plane, capstan } = scene;
      const node = own.spec?.nodeName ?? '';
      /** Other pods of the node that were still there when the worker's was told to go. */
      let left: readonly string[] | undefined;
      const seen = new AbortController();
      const watching = follow<V1Pod>(
        plane.admin,
        '/api/v1/pods',
        pods => {
          const now = pods.find(pod => uidOf(pod) === uidOf(own));
          if (left || now?.metadata?.deletionTimestamp === undefined) return;
          left = pods.filter(pod => pod.spec?.nodeName === node && isDrained(pod) && pod !== now).map(nameOf);
          // What the kubelet does first.
          process.kill(capstan.worker.pid ?? 0, 'SIGTERM');
        },
        seen.signal,
      );
      const plan = await askForPlan(capstan.slack, '1.37 --only workers');
      const observer = await Observer.during(plane, NAMESPACE, async () => {
        const run = await approve(capstan.slack, plan);
        await run.is('over', RUN_MS);
        await run.says(/finished/i, 30_000);
      });
      seen.abort();
      await watching;

      expect(left).toEqual([]);
      expect(observer.replaced.at(-1)).toBe(`${node} v1.37.2`);
      expect(observer.replaced).toHaveLength(3);
      expect(capstan.worker.restarts).toBe(1);
      expect(grantedTwice(await plane.evictions())).toEqual([]);
      expect(await standing(plane.admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
    },
    RUN_MS + 60_000,
  );
});

/** Jobs and DaemonSets stay. */
function isDrained({ metadata }: V1Pod): boolean {
  return !metadata?.ownerReferences?.some(({ kind }) => kind === 'DaemonSet' || kind === 'Job' || kind === 'Node');
}
