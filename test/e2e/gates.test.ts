import { setTimeout as delay } from 'node:timers/promises';
import { PatchStrategy, type V1Deployment, type V1Node, type V1PersistentVolume } from '@kubernetes/client-node';
import { as } from '../contract/client.ts';
import { nodeWhere, readyPods, template } from '../contract/world.ts';
import { versionOf } from '../controlplane/modules.ts';
import { annotateNode, replaceKubelet } from '../controlplane/played-nodes.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import type { Ending } from './hosts.ts';
import { type Scene, setScene } from './scene.ts';
import { NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 120_000;
const NOTE_MS = 60_000;
const STABLE_MS = 8_000;
/** Longer than a played node waits between two. */
const HEARTBEAT_MS = 4_000;
const [FROM, TO] = [versionOf('1.36'), versionOf('1.37')];
const SILENT = 'kwok.capstan.test/silent';

/** A volume of a claim, and that it is attached to a node; whoever should detach it is not there. */
const VOLUME: V1PersistentVolume = {
  metadata: { name: 'ledger' },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    csi: { driver: 'csi.example.com', volumeHandle: 'ledger' },
    claimRef: { namespace: NAMESPACE, name: 'ledger' },
  },
};

describe('what a node is asked before the next one starts', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 3, nodeGraceSeconds: 15 }, async () => ({
      policy: { drain: { blockedAfter: '2s' }, ready: { stable: `${STABLE_MS / 1_000}s` } },
    }));
  }, START_MS);

  afterAll(() => scene?.stop(), 30_000);

  /** As if no test had been here: every worker has the older kubelet. */
  beforeEach(async () => {
    scene.hosts.works.splice(0);
    scene.hosts.answer = () => 'done';
    for (const name of scene.workers) {
      await annotateNode(scene.plane.admin, name, { [SILENT]: null });
      await replaceKubelet(scene.plane.admin, name, FROM);
      await nodeWhere(scene.plane.admin, name, runs(FROM));
    }
  });

  const worksOn = () => scene.hosts.works.map(({ node }) => node);
  const runs =
    (version: string) =>
    ({ status }: V1Node) =>
      status?.nodeInfo?.kubeletVersion === version;
  const isReady = ({ status }: V1Node) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  async function begin() {
    const { slack } = scene.capstan;
    return await approve(slack, await askForPlan(slack, '1.37 --only workers'));
  }

  it(
    'a host that dies right after its new kubelet has reported is not given back, though it is called Ready',
    async () => {
      const { admin } = scene.plane;
      const reportedAt = Promise.withResolvers<number>();
      scene.hosts.answer = async ({ node }): Promise<Ending> => {
        if (node !== 'worker-1') return 'done';
        // Its pods are left: the one that upgrades the host must end.
        await annotateNode(admin, node, { [SILENT]: '' });
        // A heartbeat that was due already still comes.
        await delay(HEARTBEAT_MS);
        const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date().toISOString() }];
        await admin.core.patchNodeStatus(
          { name: node, body: { status: { nodeInfo: { kubeletVersion: TO }, conditions } } },
          as(PatchStrategy.StrategicMergePatch),
        );
        reportedAt.resolve(Date.now());
        return 'done';
      };
      const run = await begin();
      const silentSince = await reportedAt.promise;
      // Its stable time is over before the cluster notices anything.
      await run.shows('its kubelet has not been heard of since it was upgraded', NOTE_MS);
      expect(isReady(await admin.core.readNode({ name: 'worker-1' }))).toBe(true);
      expect(Date.now() - silentSince).toBeGreaterThan(STABLE_MS - 2_000);
      await nodeWhere(admin, 'worker-1', node => !isReady(node));
      expect(await standing(admin)).toMatchObject({ cordoned: ['worker-1'], claimed: ['worker-1'] });
      expect(worksOn()).toEqual(['worker-1']);

      await annotateNode(admin, 'worker-1', { [SILENT]: null });
      await nodeWhere(admin, 'worker-1', isReady);
      const readyAt = Date.now();
      // Its containers went with the host, those of its DaemonSets as well.
      const { items } = await admin.core.listPodForAllNamespaces({ fieldSelector: 'spec.nodeName=worker-1' });
      for (const { metadata } of items) {
        const { namespace = '', name = '' } = metadata ?? {};
        await admin.core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
      }
      await nodeWhere(admin, 'worker-1', ({ spec }) => !spec?.unschedulable);
      expect(Date.now() - readyAt).toBeGreaterThan(STABLE_MS - 2_000);
      await run.is('over', RUN_MS);
      expect(worksOn()).toEqual(scene.workers);
    },
    2 * RUN_MS,
  );

  it(
    'a volume that stays attached when its pod has left keeps the host from being touched, until it is detached',
    async () => {
      const { core, storage } = scene.plane.admin;
      await core.createPersistentVolume({ body: VOLUME });
      const source = { persistentVolumeName: 'ledger' };
      await storage.createVolumeAttachment({
        body: { metadata: { name: 'ledger' }, spec: { attacher: 'csi.example.com', nodeName: 'worker-1', source } },
      });
      const status = { status: { attached: true } };
      await storage.patchVolumeAttachmentStatus({ name: 'ledger', body: status }, as(PatchStrategy.MergePatch));
      const run = await begin();
      await run.says(
        /volumes of the pods that left are still attached: ledger \(claim shop\/ledger, driver csi\.example\.com\)/,
        NOTE_MS,
      );
      expect(worksOn()).toEqual([]);
      expect(await standing(scene.plane.admin)).toMatchObject({ cordoned: ['worker-1'], claimed: ['worker-1'] });
      await storage.deleteVolumeAttachment({ name: 'ledger' });
      await run.is('over', RUN_MS);
      expect(worksOn()).toEqual(scene.workers);
    },
    2 * RUN_MS,
  );

  it(
    'pods that can run only on a node that somebody had cordoned are named, and hold up nothing',
    async () => {
      const { admin } = scene.plane;
      const tied: V1Deployment = {
        metadata: { name: 'tied' },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: 'tied' } },
          template: template('tied', { nodeSelector: { 'kubernetes.io/hostname': 'worker-3' } }),
        },
      };
      await admin.apps.createNamespacedDeployment({ namespace: NAMESPACE, body: tied });
      await readyPods(admin, NAMESPACE, 'tied', 2);
      const cordon = (unschedulable: boolean) =>
        admin.core.patchNode({ name: 'worker-3', body: { spec: { unschedulable } } }, as(PatchStrategy.MergePatch));
      await cordon(true);
      const run = await begin();
      await run.says(/`worker-3` stays cordoned[^\n]*`shop\/tied-\S+`, `shop\/tied-\S+`/, RUN_MS);
      await run.is('over', RUN_MS);
      expect(worksOn()).toEqual(['worker-3', 'worker-1', 'worker-2']);
      expect(await standing(admin)).toEqual({ cordoned: ['worker-3'], claimed: [], holder: undefined });
      await cordon(false);
      await readyPods(admin, NAMESPACE, 'tied', 2);
    },
    2 * RUN_MS,
  );
});
