import { setTimeout } from 'node:timers/promises';
import { PatchStrategy, type V1Node, type V1Pod } from '@kubernetes/client-node';
import { as } from '../contract/client.ts';
import { isTrue, nameOf, nodeWhere, podGone, readyPods, uidOf } from '../contract/world.ts';
import { versionOf } from '../controlplane/modules.ts';
import { annotateNode, annotatePod, replaceKubelet, silence } from '../controlplane/played-nodes.ts';
import { startPrometheus, vector } from '../support/prometheus.ts';
import { START_MS } from './cluster.ts';
import { approve, askForPlan } from './conversation.ts';
import { type Scene, setScene } from './scene.ts';
import { NAMESPACE } from './shop.ts';
import { standing } from './standing.ts';

const RUN_MS = 120_000;
const NOTE_MS = 60_000;
const FROM = versionOf('1.36');
const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';
const SILENT = 'kwok.capstan.test/silent';
const QUERIES = [{ name: 'critical alerts', query: 'ALERTS{severity="critical"}' }];
const POLICY = { drain: { blockedAfter: '2s', excludeFromLoadBalancers: true } };

describe('what happens to a node and its pods meanwhile', () => {
  let scene: Scene;
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

  beforeAll(async () => {
    prometheus = await startPrometheus();
    scene = await setScene({ minor: '1.37', kubelets: '1.36', workers: 3, nodeGraceSeconds: 15 }, async () => ({
      policy: { ...POLICY, gates: { prometheus: { url: prometheus.url, queries: QUERIES } } },
    }));
  }, START_MS);

  afterAll(async () => {
    await scene?.stop();
    await prometheus.stop();
  }, 30_000);

  /** As if no test had been here: every worker has the older kubelet. */
  beforeEach(async () => {
    scene.hosts.works.splice(0);
    prometheus.answers(() => vector());
    for (const name of scene.workers) {
      await cordon(name, false);
      await label(name, null);
      await replaceKubelet(scene.plane.admin, name, FROM);
      await nodeWhere(scene.plane.admin, name, ({ status }) => status?.nodeInfo?.kubeletVersion === FROM);
    }
  });

  async function begin() {
    const { slack } = scene.capstan;
    return await approve(slack, await askForPlan(slack, '1.37 --only workers'));
  }

  function patchNode(name: string, body: object): Promise<V1Node> {
    return scene.plane.admin.core.patchNode({ name, body }, as(PatchStrategy.MergePatch));
  }

  const cordon = (name: string, unschedulable: boolean) => patchNode(name, { spec: { unschedulable } });
  const label = (name: string, value: string | null) => patchNode(name, { metadata: { labels: { [EXCLUDE]: value } } });

  async function shopPodsOn(node: string): Promise<V1Pod[]> {
    const { items } = await scene.plane.admin.core.listNamespacedPod({
      namespace: NAMESPACE,
      fieldSelector: `spec.nodeName=${node}`,
    });
    if (items.length === 0) throw new Error(`No pod of the shop runs on ${node}.`);
    return items;
  }

  async function annotateAll(pods: readonly V1Pod[], annotations: Readonly<Record<string, string | null>>) {
    for (const pod of pods) await annotatePod(scene.plane.admin, NAMESPACE, nameOf(pod), annotations);
  }

  /** Its containers went with the host's power, those of its DaemonSets as well. */
  async function buryAllOn(node: string) {
    const { core } = scene.plane.admin;
    const { items } = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${node}` });
    for (const { metadata } of items) {
      const { namespace = '', name = '' } = metadata ?? {};
      await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
    }
  }

  /** The values of the taint that says that its host is off. */
  async function outOfService(name: string): Promise<readonly (string | undefined)[]> {
    const { spec } = await scene.plane.admin.core.readNode({ name });
    const taints = spec?.taints?.filter(({ key }) => key === 'node.kubernetes.io/out-of-service') ?? [];
    return taints.map(({ value }) => value);
  }

  /** Milliseconds until its kubelet was heard of more than 40 s ago. kwok renews no leases. */
  async function untilStale(name: string): Promise<number> {
    const { status } = await scene.plane.admin.core.readNode({ name });
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    return Math.max(0, Number(ready?.lastHeartbeatTime) + 41_000 - Date.now());
  }

  const isCordoned = ({ spec }: V1Node) => spec?.unschedulable ?? false;
  const isReady = ({ status }: V1Node) => isTrue(status?.conditions, 'Ready');

  it(
    'an uncordon is overruled once and then asked about; whatever others had done to nodes stays',
    async () => {
      const { admin } = scene.plane;
      await cordon('worker-3', true);
      await label('worker-2', 'theirs');
      // One of them is enough to keep the drain under way.
      await annotateAll((await shopPodsOn('worker-1')).slice(0, 1), { 'kwok.capstan.test/stops-in': '20s' });
      const run = await begin();
      const draining = await nodeWhere(admin, 'worker-1', isCordoned);
      expect(draining.metadata?.labels).toHaveProperty([EXCLUDE]);
      await cordon('worker-1', false);
      await nodeWhere(admin, 'worker-1', isCordoned);
      await run.says('Capstan has cordoned it again, once', NOTE_MS);
      await cordon('worker-1', false);
      await run.is('halted', RUN_MS);
      await run.says('was uncordoned for the second time', NOTE_MS);
      expect((await admin.core.readNode({ name: 'worker-1' })).spec?.unschedulable ?? false).toBe(false);
      // Nodes that people cordoned come first.
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(['worker-3']);

      await run.press('run_retry');
      await run.is('over', RUN_MS);
      expect(await standing(admin)).toEqual({ cordoned: ['worker-3'], claimed: [], holder: undefined });
      const { items } = await admin.core.listNode();
      const labels = new Map(items.map(node => [nameOf(node), node.metadata?.labels?.[EXCLUDE]]));
      expect(scene.workers.map(name => labels.get(name))).toEqual([undefined, 'theirs', undefined]);
    },
    2 * RUN_MS,
  );

  it(
    'an uncordon is overruled each time while the host is at work, and the node is finished',
    async () => {
      const { admin } = scene.plane;
      const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      scene.hosts.answer = async ({ node }) => {
        if (node === 'worker-1') {
          reached.resolve();
          await goOn.promise;
        }
        return 'done' as const;
      };
      const run = await begin();
      await reached.promise;
      for (let times = 0; times < 3; times += 1) {
        await cordon('worker-1', false);
        await nodeWhere(admin, 'worker-1', isCordoned);
      }
      await run.says('somebody uncordoned it while its host was at work', NOTE_MS);
      goOn.resolve();
      await run.is('over', RUN_MS);
      scene.hosts.answer = () => 'done';
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(scene.workers);
      expect(await standing(admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
    },
    2 * RUN_MS,
  );

  it(
    'a node that stops answering while it is drained halts the run within a minute, and says what to do',
    async () => {
      const { admin } = scene.plane;
      const pods = await shopPodsOn('worker-1');
      await annotateAll(pods, { 'kwok.capstan.test/stops-in': '60s' });
      const run = await begin();
      await nodeWhere(admin, 'worker-1', isCordoned);
      const silent = Date.now();
      await silence(admin, 'worker-1');
      await run.is('halted', RUN_MS);
      expect(Date.now() - silent).toBeLessThan(60_000);
      const said = await run.says('stopped answering while it was being drained', NOTE_MS);
      expect(said).toMatch(/has not reported since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
      expect(said).toContain('told to stop and cannot');
      expect(said).toContain('Look at the host');
      expect(scene.hosts.works).toEqual([]);

      await annotateNode(admin, 'worker-1', { [SILENT]: null });
      await nodeWhere(admin, 'worker-1', isReady);
      await buryAllOn('worker-1');
      await run.press('run_retry');
      await run.is('over', RUN_MS);
      expect(await standing(admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
    },
    2 * RUN_MS,
  );

  it(
    'the pods of a host that somebody declares to be off leave it without its kubelet, and the taint goes with the retry',
    async () => {
      const { admin } = scene.plane;
      const pods = await shopPodsOn('worker-1');
      await annotateAll(pods, { 'kwok.capstan.test/stops-in': '600s' });
      const run = await begin();
      await nodeWhere(admin, 'worker-1', isCordoned);
      await silence(admin, 'worker-1');
      await run.is('halted', RUN_MS);
      // A host counts as off once nothing was heard of it for 40 s.
      await run.takeOutOfService('worker-1');
      await run.says('the kubelet of worker-1 was heard of', NOTE_MS);
      expect((await outOfService('worker-1')).length).toBe(0);
      await setTimeout(await untilStale('worker-1'));
      await run.takeOutOfService('worker-1');
      await run.says('`worker-1`: *out of service*, as <@', NOTE_MS);
      expect(await outOfService('worker-1')).toEqual(['nodeshutdown']);
      // The pod garbage collector comes round every 20 s.
      await Promise.all(pods.map(pod => podGone(admin, NAMESPACE, uidOf(pod))));

      await annotateNode(admin, 'worker-1', { [SILENT]: null });
      await nodeWhere(admin, 'worker-1', isReady);
      await buryAllOn('worker-1');
      await run.press('run_retry');
      await run.says('the taint that Capstan had set to take it out of service is taken away', NOTE_MS);
      expect(await outOfService('worker-1')).toEqual([]);
      await run.is('over', RUN_MS);
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(scene.workers);
      expect(await standing(admin)).toEqual({ cordoned: [], claimed: [], holder: undefined });
    },
    3 * RUN_MS,
  );

  it(
    'the next node waits while somebody has cordoned another since the plan was made, and goes on by itself',
    async () => {
      const { admin } = scene.plane;
      const pods = await shopPodsOn('worker-1');
      await annotateAll(pods.slice(0, 1), { 'kwok.capstan.test/stops-in': '10s' });
      const run = await begin();
      await nodeWhere(admin, 'worker-1', isCordoned);
      await cordon('worker-3', true);
      const said = await run.says('No further node is taken', RUN_MS);
      expect(said).toContain('while worker-3 is cordoned');
      expect(said).toContain('limits.maxUnavailable');
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(['worker-1']);
      expect(await standing(admin)).toMatchObject({ cordoned: ['worker-3'], claimed: [] });
      await cordon('worker-3', false);
      await run.is('over', RUN_MS);
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(scene.workers);
    },
    2 * RUN_MS,
  );

  it(
    'the next node waits while Prometheus has something to say',
    async () => {
      prometheus.answers(() => vector({ alertname: 'SlowShop', severity: 'critical' }));
      const run = await begin();
      const said = await run.says('the next node waits', RUN_MS);
      expect(said).toContain('critical alerts');
      expect(said).toContain('SlowShop');
      expect(scene.hosts.works).toHaveLength(1);
      expect(await standing(scene.plane.admin)).toMatchObject({ cordoned: [], claimed: [] });
      prometheus.answers(() => vector());
      await run.is('over', RUN_MS);
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(scene.workers);
      expect(new Set(prometheus.asked.map(({ query }) => query))).toEqual(new Set(QUERIES.map(({ query }) => query)));
    },
    2 * RUN_MS,
  );

  it(
    'the next node waits until a StatefulSet is back at what it had before the drain',
    async () => {
      const { admin } = scene.plane;
      await readyPods(admin, NAMESPACE, 'db', 3);
      // Several of its pods may be on that node, and none of them comes back.
      await admin.policy.deleteNamespacedPodDisruptionBudget({ namespace: NAMESPACE, name: 'db' });
      // Pods that are made from now on do not start; those that run are left alone.
      const template = (annotations: object) => ({
        spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null }, template: { metadata: { annotations } } },
      });
      const patch = (body: object) =>
        admin.apps.patchNamespacedStatefulSet({ namespace: NAMESPACE, name: 'db', body }, as(PatchStrategy.MergePatch));
      await patch(template({ 'kwok.capstan.test/waits': '' }));
      const run = await begin();
      const said = await run.says('the next node waits', RUN_MS);
      expect(said).toMatch(/StatefulSet shop\/db \([0-2] of 3 ready\)/);
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(['worker-1']);
      expect(await standing(admin)).toMatchObject({ cordoned: [], claimed: [] });

      await patch(template({ 'kwok.capstan.test/waits': null }));
      const { items } = await admin.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: 'app=db' });
      await annotateAll(items, { 'kwok.capstan.test/waits': null });
      await run.is('over', RUN_MS);
      expect(scene.hosts.works.map(({ node }) => node)).toEqual(scene.workers);
    },
    2 * RUN_MS,
  );
});
