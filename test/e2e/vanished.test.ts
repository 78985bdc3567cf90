import { nameOf, nodeWhere } from '../contract/world.ts';
import { versionOf } from '../controlplane/modules.ts';
import { annotatePod } from '../controlplane/played-nodes.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { type Scene, setScene } from './scene.ts';
import { NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 120_000;
const NOTE_MS = 60_000;
const TO = versionOf('1.37');

describe('nodes that an autoscaler deletes during a run', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 6 }, async () => ({
      policy: { ready: { soak: '10s' } },
    }));
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  it(
    'are said to be gone, in whatever step they were, and the run goes on with the others',
    async () => {
      const { admin } = scene.plane;
      const { slack } = scene.capstan;
      // Keeps the drain of the second one under way.
      const { items } = await admin.core.listNamespacedPod({
        namespace: NAMESPACE,
        fieldSelector: 'spec.nodeName=worker-2',
      });
      for (const pod of items)
        await annotatePod(admin, NAMESPACE, nameOf(pod), { 'kwok.capstan.test/stops-in': '60s' });
      const reached = Promise.withResolvers<void>();
      scene.hosts.answer = ({ node }) => {
        if (node !== 'worker-3') return 'done';
        reached.resolve();
        return 'never';
      };

      const run = await approve(slack, await askForPlan(slack, '1.37 --only workers'));
      await nodeWhere(
        admin,
        'worker-1',
        ({ metadata, spec, status }) =>
          status?.nodeInfo?.kubeletVersion === TO &&
          !spec?.unschedulable &&
          metadata?.annotations?.['capstan.dev/claim'] === undefined,
      );
      await admin.core.deleteNode({ name: 'worker-1' });
      expect(await run.says('`worker-1`: somebody, or an autoscaler, deleted it', NOTE_MS)).toContain('all is well');

      await nodeWhere(admin, 'worker-2', ({ spec }) => spec?.unschedulable ?? false);
      await admin.core.deleteNode({ name: 'worker-2' });
      expect(await run.says('`worker-2`: somebody, or an autoscaler, deleted it', NOTE_MS)).toContain('draining');

      await reached.promise;
      await admin.core.deleteNode({ name: 'worker-3' });
      expect(await run.says('`worker-3`: somebody, or an autoscaler, deleted it', NOTE_MS)).toContain('upgrading');

      await run.is('over', RUN_MS);
      expect(scene.hosts.works.map(({ node }) => node)).toEqual([
        'worker-1',
        'worker-3',
        'worker-4',
        'worker-5',
        'worker-6',
      ]);
      expect(await standing(admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
    },
    3 * RUN_MS,
  );
});
