import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { nameOf, nodeWhere, readyPods, template, uidOf } from '../contract/world.ts';
import { versionOf } from '../controlplane/modules.ts';
import { replaceKubelet } from '../controlplane/played-nodes.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan, type ShownRun } from './conversation.ts';
import { type Scene, setScene } from './scene.ts';
import { budgetOf, NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 120_000;
const NOTE_MS = 60_000;
const [FROM, TO] = [versionOf('1.36'), versionOf('1.37')];
const FREE = { cordoned: [], claimed: [], holder: undefined };

/** One till, which must never close: a budget that is made after the plan keeps it on its node. */
const TILL: V1Deployment = {
  metadata: { name: 'till' },
  spec: { replicas: 1, selector: { matchLabels: { app: 'till' } }, template: template('till') },
};

describe('a drain that a budget blocks for ever', () => {
  let scene: Scene;
  let run: ShownRun;
  let till: V1Pod;
  let node: string;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 3 }, async () => ({
      // Long enough for a node whose pods leave one after another, which every other one may be.
      policy: { drain: { blockedAfter: '1s', timeout: '30s' } },
    }));
    await scene.plane.admin.apps.createNamespacedDeployment({ namespace: NAMESPACE, body: TILL });
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  beforeEach(async () => {
    const { admin } = scene.plane;
    for (const name of scene.workers) {
      await replaceKubelet(admin, name, FROM);
      await nodeWhere(admin, name, ({ status }) => status?.nodeInfo?.kubeletVersion === FROM);
    }
    run = await approve(scene.capstan.slack, await askForPlan(scene.capstan.slack, '1.37 --only workers'));
    const budget = budgetOf('till', { minAvailable: 1 });
    await admin.policy.createNamespacedPodDisruptionBudget({ namespace: NAMESPACE, body: budget });
    // The first node may be the other one, and its drain be told of for what it waits for.
    await run.shows('budget `shop/till` (minAvailable: 1), which needs 1 healthy pod, has 1 of 1', NOTE_MS);
    const [pod] = await readyPods(admin, NAMESPACE, 'till', 1);
    if (!pod) throw new Error('The till is gone.');
    till = pod;
    node = pod.spec?.nodeName ?? '';
  }, RUN_MS);

  /** Whatever became of the case, the next one finds no run and no budget in its way. */
  afterEach(async () => {
    await open();
    await run?.end(NOTE_MS);
  }, RUN_MS);

  /** Does nothing where it is open already. */
  async function open(): Promise<void> {
    await scene.plane.admin.policy.deleteCollectionNamespacedPodDisruptionBudget({
      namespace: NAMESPACE,
      fieldSelector: 'metadata.name=till',
    });
  }

  async function versionOfNode(name: string): Promise<string | undefined> {
    return (await scene.plane.admin.core.readNode({ name })).status?.nodeInfo?.kubeletVersion;
  }

  /** Presses, and says after how many milliseconds the API server showed the node free. */
  async function givenBackAfter(actionId: string): Promise<number> {
    const { admin } = scene.plane;
    expect((await standing(admin)).cordoned).toEqual([node]);
    const free = nodeWhere(admin, node, ({ metadata, spec }) => {
      return !spec?.unschedulable && !('capstan.dev/claim' in (metadata?.annotations ?? {}));
    });
    const pressed = performance.now();
    await run.pressBelow(actionId, NOTE_MS);
    await free;
    return performance.now() - pressed;
  }

  it(
    'goes on where an operator forces the pod by typing its name, which the thread tells',
    async () => {
      await run.pressBelow('blocked_force', NOTE_MS);
      await run.force({ uid: uidOf(till), name: nameOf(till) });
      await run.says(`pod \`shop/${nameOf(till)}\` was deleted past its disruption budget, as <@`, NOTE_MS);
      // Its replacement may be on the next node.
      await open();
      await run.is('over', RUN_MS);
      expect(await Promise.all(scene.workers.map(versionOfNode))).toEqual([TO, TO, TO]);
      expect(await standing(scene.plane.admin)).toEqual(FREE);
    },
    2 * RUN_MS,
  );

  it(
    'gives its node back within a second where somebody skips it, and the run goes on',
    async () => {
      expect(await givenBackAfter('blocked_skip')).toBeLessThan(1_000);
      await run.says(`\`${node}\`: skipped by`, NOTE_MS);
      await open();
      await run.is('over', RUN_MS);
      expect(await versionOfNode(node)).toBe(FROM);
      expect(await standing(scene.plane.admin)).toEqual(FREE);
      expect(uidOf((await readyPods(scene.plane.admin, NAMESPACE, 'till', 1))[0] ?? {})).toBe(uidOf(till));
    },
    2 * RUN_MS,
  );

  it(
    'gives its node back within a second where somebody aborts, and nothing is begun any more',
    async () => {
      expect(await givenBackAfter('blocked_abort')).toBeLessThan(1_000);
      await run.says('Upgrade aborted', NOTE_MS);
      await run.is('over', NOTE_MS);
      await open();
      expect(await versionOfNode(node)).toBe(FROM);
      expect(await standing(scene.plane.admin)).toEqual(FREE);
    },
    2 * RUN_MS,
  );

  it(
    'halts when its time is over, and goes on from there after Retry',
    async () => {
      await run.is('halted', RUN_MS);
      await run.says(
        new RegExp(`Node ${node} was not drained within 30 s\\. Still there: .*shop/${nameOf(till)}`),
        NOTE_MS,
      );
      expect(await standing(scene.plane.admin)).toMatchObject({ cordoned: [node], claimed: [node] });
      await open();
      await run.press('run_retry');
      await run.is('over', RUN_MS);
      expect(await Promise.all(scene.workers.map(versionOfNode))).toEqual([TO, TO, TO]);
      expect(await standing(scene.plane.admin)).toEqual(FREE);
    },
    3 * RUN_MS,
  );
});
