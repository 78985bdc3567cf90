import { PatchStrategy } from '@kubernetes/client-node';
import { as } from '../contract/client.ts';
import { nodeWhere, readyPods } from '../contract/world.ts';
import { PRINTED } from '../controlplane/control-plane.ts';
import { versionOf } from '../controlplane/modules.ts';
import { replaceKubelet } from '../controlplane/played-nodes.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { Observer } from './observer.ts';
import { type Scene, setScene } from './scene.ts';
import { budgetOf, NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 90_000;
const NOTE_MS = 30_000;
const [FROM, TO] = [versionOf('1.36'), versionOf('1.37')];

describe('a run of the workers of a real cluster', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 3 }, async () => ({
      policy: { drain: { blockedAfter: '2s' } },
    }));
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  /** As if no test had been here: every worker has the older kubelet. */
  beforeEach(async () => {
    scene.hosts.answer = () => 'done';
    scene.hosts.works.splice(0);
    for (const name of scene.workers) {
      await replaceKubelet(scene.plane.admin, name, FROM);
      await nodeWhere(scene.plane.admin, name, ({ status }) => status?.nodeInfo?.kubeletVersion === FROM);
    }
  });

  async function begin() {
    const { slack } = scene.capstan;
    return await approve(slack, await askForPlan(slack, '1.37 --only workers'));
  }

  async function versions(): Promise<readonly (string | undefined)[]> {
    const { items } = await scene.plane.admin.core.listNode();
    const workers = items.filter(({ metadata }) => scene.workers.includes(metadata?.name ?? ''));
    return workers.map(({ status }) => status?.nodeInfo?.kubeletVersion);
  }

  it(
    'halts where a host fails, tells what it printed, touches no other node, and goes on from there after Retry',
    async () => {
      let failures = 1;
      scene.hosts.answer = ({ node }) => {
        if (node !== 'worker-2' || failures === 0) return 'done';
        failures -= 1;
        return { step: 'kubelet', reason: 'No space left on the disk.' };
      };
      const run = await begin();
      await run.is('halted', RUN_MS);
      expect(await run.says('No space left on the disk.', NOTE_MS)).toContain('kubelet');
      await run.says(PRINTED, NOTE_MS);
      expect(await versions()).toEqual([TO, FROM, FROM]);
      expect(await standing(scene.plane.admin)).toMatchObject({ cordoned: ['worker-2'], claimed: ['worker-2'] });

      await run.press('run_retry');
      await run.is('over', RUN_MS);
      expect(await versions()).toEqual([TO, TO, TO]);
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(['worker-1', 'worker-2', 'worker-2', 'worker-3']);
      expect(await standing(scene.plane.admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
    },
    2 * RUN_MS,
  );

  it(
    'waits for a budget that allows nothing any more, names it, and goes on by itself once it does',
    async () => {
      const { admin } = scene.plane;
      const run = await begin();
      // Too late for the plan: every pod of "api" is needed from now on.
      await admin.policy.deleteNamespacedPodDisruptionBudget({ namespace: NAMESPACE, name: 'api' });
      const strict = budgetOf('api', { minAvailable: 4 });
      await admin.policy.createNamespacedPodDisruptionBudget({ namespace: NAMESPACE, body: strict });
      // One that went just before is back.
      await readyPods(admin, NAMESPACE, 'api', 4);
      const observer = await Observer.during(scene.plane, NAMESPACE, async () => {
        const note = await run.says('the drain waits for', RUN_MS);
        expect(note).toMatch(/api-\w+-\w+/);
        expect(note).toContain('needs 4 healthy pods, has 4 of 4, and allows no disruption');
        await admin.apps.patchNamespacedDeploymentScale(
          { namespace: NAMESPACE, name: 'api', body: [{ op: 'replace', path: '/spec/replicas', value: 5 }] },
          as(PatchStrategy.JsonPatch),
        );
        await run.is('over', RUN_MS);
      });
      expect(observer.fewestReady.get('api')).toBeGreaterThanOrEqual(4);
      expect(await versions()).toEqual([TO, TO, TO]);
    },
    2 * RUN_MS,
  );

  it(
    'is carried on by the next worker where the first is killed while a host is at work',
    async () => {
      const { worker } = scene.capstan;
      const restarts = worker.restarts;
      scene.hosts.answer = ({ node }) => {
        if (node === 'worker-2' && worker.restarts === restarts) worker.crash();
        return 'done';
      };
      const run = await begin();
      await run.is('over', RUN_MS);
      expect(worker.restarts).toBe(restarts + 1);
      expect(await versions()).toEqual([TO, TO, TO]);
      // No host was asked twice.
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(scene.workers);
      expect(await standing(scene.plane.admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
      await readyPods(scene.plane.admin, NAMESPACE, 'web', 6);
    },
    2 * RUN_MS,
  );
});
