import type { V1Node } from '@kubernetes/client-node';
import { jobManifest } from '../../src/kubernetes/driver/job-manifest.ts';
import { writeClaim } from '../../src/kubernetes/views/claim.ts';
import { nameOf } from '../contract/world.ts';
import { versionOf as releaseOf } from '../controlplane/modules.ts';
import { versionOf } from '../support/version.ts';
import { exampleClaim } from '../unit/plan/cluster-builder.ts';
import { JOB_NAMESPACE } from './chart.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { follow } from './follow.ts';
import { type Scene, setScene } from './scene.ts';
import { standing } from './standing.ts';

const RUN_MS = 90_000;
const NODE = 'worker-1';
const FROM = versionOf(releaseOf('1.36'));
const LEFT = exampleClaim({ run: 'r-forgotten', work: 'h0-0-worker-1' });

describe('a node that a forgotten run left cordoned, with its host at work', () => {
  let scene: Scene;
  const goOn = Promise.withResolvers<void>();

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 3 });
    scene.hosts.answer = async ({ id }) => {
      if (id.startsWith(LEFT.run)) await goOn.promise;
      return 'done' as const;
    };
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  it(
    'waits for that host in the next run, cordoned all the time, and is upgraded then',
    async () => {
      const { admin } = scene.plane;
      await leave();
      const stop = new AbortController();
      const cordons: boolean[] = [];
      const see = (nodes: readonly V1Node[]) => {
        for (const node of nodes) if (nameOf(node) === NODE) cordons.push(node.spec?.unschedulable ?? false);
      };
      const following = follow<V1Node>(admin, '/api/v1/nodes', see, stop.signal);
      const { slack } = scene.capstan;
      const run = await approve(slack, await askForPlan(slack, '1.37 --only workers'));
      await run.shows(`its host may be at work still for run ${LEFT.run}`, RUN_MS);
      expect(await standing(admin)).toMatchObject({ cordoned: [NODE], claimed: [NODE] });

      goOn.resolve();
      await run.is('over', RUN_MS);
      stop.abort();
      await following;
      // Until the run itself gives it back.
      expect(cordons.slice(0, cordons.indexOf(false))).not.toEqual([]);
      expect(cordons.slice(cordons.indexOf(false))).not.toContain(true);
      expect(await standing(admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
      expect(scene.hosts.works.filter(({ node }) => node === NODE).map(({ id }) => id.split('-h0')[0])).toEqual([
        LEFT.run,
        expect.stringMatching(/^r-/),
      ]);
    },
    2 * RUN_MS,
  );

  /** As a worker leaves it whose Redis is emptied while the host is being upgraded. */
  async function leave(): Promise<void> {
    const { admin } = scene.plane;
    const body = [
      { op: 'add', path: '/metadata/annotations/capstan.dev~1claim', value: writeClaim(LEFT) },
      { op: 'add', path: '/spec/unschedulable', value: true },
    ];
    await admin.core.patchNode({ name: NODE, body });
    const work = { id: `${LEFT.run}-${LEFT.work}-1`, run: LEFT.run, node: NODE, kubeadm: undefined };
    const job = jobManifest(
      { ...work, phase: 'kubelet', from: FROM, to: FROM, ignorePreflightErrors: [] },
      { namespace: JOB_NAMESPACE, image: 'busybox:1.37' },
    );
    await admin.batch.createNamespacedJob({ namespace: JOB_NAMESPACE, body: job });
  }
});
