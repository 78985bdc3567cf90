import { nodeWhere } from '../contract/world.ts';
import { versionOf } from '../controlplane/modules.ts';
import { silence } from '../controlplane/played-nodes.ts';
import { JOB_NAMESPACE } from './chart.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { type Scene, setScene } from './scene.ts';
import { standing } from './standing.ts';

const RUN_MS = 90_000;
const FROM = versionOf('1.36');

describe('a host that stops answering while it is upgraded', () => {
  let scene: Scene;

  beforeAll(async () => {
    const policy = { driver: { timeout: '10s' } };
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 3, nodeGraceSeconds: 6 }, async () => ({
      policy,
    }));
    scene.hosts.answer = async ({ node }) => {
      await silence(scene.plane.admin, node);
      return 'never' as const;
    };
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  it(
    'halts the run with its node named, and no other node is touched',
    async () => {
      const { admin } = scene.plane;
      const { slack } = scene.capstan;
      const run = await approve(slack, await askForPlan(slack, '1.37 --only workers'));
      await run.is('halted', RUN_MS);
      expect(await run.says('failed', RUN_MS)).toMatch(/worker-1.*did not come to its end in time/);
      // The cluster's own controllers have noticed as well.
      await nodeWhere(admin, 'worker-1', ({ status }) =>
        Boolean(status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'Unknown')),
      );
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(['worker-1']);
      const { items } = await admin.core.listNode();
      const others = items.filter(({ metadata }) => /^worker-[23]$/.test(metadata?.name ?? ''));
      expect(others.map(({ status }) => status?.nodeInfo?.kubeletVersion)).toEqual([FROM, FROM]);
      expect(await standing(admin)).toMatchObject({ cordoned: ['worker-1'], claimed: ['worker-1'] });

      // What goes on there nobody can see: the node is not given back before somebody who knows says so.
      await run.press('run_abort');
      expect(await run.says('not given back yet', RUN_MS)).toMatch(/Job capstan-\S+ is not over/);
      expect(await standing(admin)).toMatchObject({ cordoned: ['worker-1'], claimed: ['worker-1'] });
      await admin.batch.deleteCollectionNamespacedJob({ namespace: JOB_NAMESPACE, propagationPolicy: 'Background' });
      await run.says('Upgrade aborted', RUN_MS);
      expect(await standing(admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
    },
    2 * RUN_MS,
  );
});
