import { AdmissionregistrationV1Api, CustomObjectsApi, type V1PodDisruptionBudget } from '@kubernetes/client-node';
import { connectKubernetes } from '../../src/kubernetes/kubernetes.ts';
import type { Client } from '../contract/client.ts';
import { until } from '../contract/watching.ts';
import { nameOf, podSpec, readyPod, readyPods, template } from '../contract/world.ts';
import { type Cluster, START_MS, startCluster } from './cluster.ts';
import { type Finding, findingsWith, toldIn } from './findings.ts';
import { budgetOf } from './shop.ts';

const NAMESPACE = 'troubles';
const PLAN_MS = 30_000;

/** What is in the way of an upgrade, put into a real cluster and seen with no more rights than the chart grants. */
describe('the findings of a plan for a real cluster', () => {
  let cluster: Cluster;
  let before: readonly Finding[];
  let after: readonly Finding[];
  let forced: readonly Finding[];

  beforeAll(
    async () => {
      const options = { minor: '1.36', kubelets: '1.36', workers: 3 } as const;
      cluster = await startCluster({ ...options, runtimeConfig: 'networking.k8s.io/v1beta1=true' });
      before = await findings();
      await makeTrouble(cluster.plane.admin, cluster.workers[0] ?? '');
      after = await findings();
      forced = await findings('--force');
    },
    START_MS + 3 * PLAN_MS,
  );

  afterAll(() => cluster?.plane.stop(), 30_000);

  const findings = (...flags: readonly string[]) => findingsWith(cluster.workerKubeconfig, ...flags);
  const told = (code: string, where = after) => toldIn(where, code);

  it('leave nothing unread with the rights of the worker', () => {
    expect([...before, ...after].filter(({ severity }) => severity === 'unknown')).toEqual([]);
  });

  it('know the day on which the certificate of the API server ends: kubeadm gives it a year', async () => {
    const options = { kubeconfig: cluster.workerKubeconfig, patienceMs: PLAN_MS, onWarning: () => undefined };
    const kubernetes = connectKubernetes(options);
    const { servingCertificateEnds = 0 } = await kubernetes.reader.snapshot(AbortSignal.timeout(PLAN_MS));
    kubernetes.close();
    const days = (servingCertificateEnds - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(363);
    expect(days).toBeLessThan(366);
    expect(told('CERTIFICATE_EXPIRES')).toEqual([expect.stringMatching(/^ok: /)]);
  });

  it('put off to the hosts what no API tells', () => {
    const deferred = before.filter(({ severity }) => severity === 'deferred').map(({ code }) => code);
    expect(deferred).toEqual(['CERTIFICATE_FILES', 'DISK_SPACE', 'ETCD_MEMBERS', 'MANIFESTS_EDITED']);
  });

  it.each<[string, string, RegExp]>([
    [
      'a pod without a controller',
      'POD_UNMANAGED',
      /^block: 2 pods without a controller would be lost for good, .*: troubles\/bare on worker-1, troubles\/counted on worker-1\.$/,
    ],
    [
      'a webhook that fails closed',
      'WEBHOOK_UNSERVED',
      /^warn: Webhook configs\.troubles\.example\.com of ValidatingWebhookConfiguration troubles is served only from worker-1 \(Service troubles\/hook, 1 pod: troubles\/hook-\S+\): while that is drained, what it is asked about is refused\.$/,
    ],
    [
      'a deprecated API',
      'DEPRECATED_API',
      /^warn: Somebody uses servicecidrs in networking\.k8s\.io\/v1beta1, which 1\.37 no longer serves: last written in it are office \(by trouble-maker\)\.$/,
    ],
    [
      'a single replica',
      'SINGLE_REPLICA',
      /^warn: 1 workload with a single replica .*: troubles\/hook \(Deployment\)\.$/,
    ],
    [
      'a volume of one node',
      'VOLUME_ON_NODE',
      /^warn: 1 pod can run nowhere else, .*: troubles\/bare on worker-1 \(local-1\)\.$/,
    ],
  ])('name %s, and did not before it was there', (_what, code, sentence) => {
    expect(told(code)).toEqual([expect.stringMatching(sentence)]);
    expect(told(code, before).filter(line => !line.startsWith('ok'))).toEqual([]);
  });

  it('name budgets that can never open, and the API server refuses what they guard', async () => {
    expect(told('PDB_BLOCKS_DRAIN')).toEqual([
      expect.stringMatching(
        /^block: PodDisruptionBudget troubles\/bare \(minAvailable: 50%\) never allows a disruption: it goes by the replicas of controllers, .* It guards troubles\/bare on worker-1\.$/,
      ),
      expect.stringMatching(
        /^block: PodDisruptionBudget troubles\/batch \(maxUnavailable: 1\) never allows a disruption: its pods cannot be counted \(jobs\.batch does not implement the scale subresource\)\. It guards troubles\/batch-\S+ on \S+ \(Job troubles\/batch\)\.$/,
      ),
      expect.stringMatching(
        /^block: PodDisruptionBudget troubles\/strict \(minAvailable: 2\) never allows a disruption: it wants 2 of 2 pods healthy\. It guards troubles\/strict-\S+/,
      ),
    ]);
    expect(told('PDB_BLOCKS_DRAIN', before)).toEqual([expect.stringMatching(/^ok: /)]);
    const { core } = cluster.plane.admin;
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE });
    const evict = async (app: string) => {
      const name = nameOf(items.find(({ metadata }) => metadata?.labels?.app === app) ?? {});
      const body = { metadata: { name } };
      const request = core.createNamespacedPodEviction({ namespace: NAMESPACE, name, body, dryRun: 'All' });
      return request.then(
        () => 'granted',
        (error: { code: number }) => error.code,
      );
    };
    const answers = await Promise.all(['bare', 'batch', 'strict', 'counted', 'hook'].map(evict));
    expect(answers).toEqual([429, 429, 429, 'granted', 'granted']);
  });

  it('warn of what a drain loses by force, where the plan says so', () => {
    expect(told('POD_UNMANAGED', forced)).toEqual([
      'warn: 2 pods without a controller would be lost for good, because the drain evicts them by force: troubles/bare on ' +
        'worker-1, troubles/counted on worker-1.',
    ]);
    const remedy = after.find(({ code }) => code === 'POD_UNMANAGED')?.remedy;
    expect(remedy).toContain('plan with --force, or set drain.force in the policy');
  });
});

async function makeTrouble(client: Client, node: string): Promise<void> {
  const { core, apps, batch, policy, config } = client;
  const namespace = NAMESPACE;
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await apps.createNamespacedDeployment({ namespace, body: deployment('strict', 2) });
  await policy.createNamespacedPodDisruptionBudget({ namespace, body: budgetOf('strict', { minAvailable: 2 }) });
  await apps.createNamespacedDeployment({ namespace, body: deployment('hook', 1, node) });
  await localVolume(client, node);
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  await core.createNamespacedPod({
    namespace,
    body: { metadata: { name: 'bare', labels: { app: 'bare' } }, spec: podSpec({ nodeName: node, volumes }) },
  });
  await core.createNamespacedPod({
    namespace,
    body: { metadata: { name: 'counted', labels: { app: 'counted' } }, spec: podSpec({ nodeName: node }) },
  });
  const { metadata, ...pods } = template('batch', { restartPolicy: 'Never' });
  const annotations = { 'kwok.capstan.test/works': '' };
  const spec = { template: { ...pods, metadata: { ...metadata, annotations } } };
  await batch.createNamespacedJob({ namespace, body: { metadata: { name: 'batch' }, spec } });
  await core.createNamespacedService({
    namespace,
    body: { metadata: { name: 'hook' }, spec: { selector: { app: 'hook' }, ports: [{ port: 443 }] } },
  });
  await readyPods(client, namespace, 'strict', 2);
  await readyPods(client, namespace, 'hook', 1);
  await readyPod(client, namespace, 'bare');
  await readyPod(client, namespace, 'counted');
  await readyPods(client, namespace, 'batch', 1);
  // A share of replicas, where there are none; a number counts whatever pods there are.
  await guard(client, 'bare', { minAvailable: '50%' });
  await guard(client, 'batch', { maxUnavailable: 1 });
  await guard(client, 'counted', { minAvailable: 0 });
  await config.makeApiClient(AdmissionregistrationV1Api).createValidatingWebhookConfiguration({ body: WEBHOOK });
  await config.makeApiClient(CustomObjectsApi).createClusterCustomObject({
    group: 'networking.k8s.io',
    version: 'v1beta1',
    plural: 'servicecidrs',
    fieldManager: 'trouble-maker',
    body: {
      apiVersion: 'networking.k8s.io/v1beta1',
      kind: 'ServiceCIDR',
      metadata: { name: 'office' },
      spec: { cidrs: ['10.97.0.0/24'] },
    },
  });
}

/** Resolves once the controller has counted the pods, or has said that it cannot. */
async function guard(client: Client, app: string, rule: Parameters<typeof budgetOf>[1]): Promise<void> {
  await client.policy.createNamespacedPodDisruptionBudget({ namespace: NAMESPACE, body: budgetOf(app, rule) });
  const path = `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`;
  await until<V1PodDisruptionBudget, true>(
    client,
    path,
    all => all.some(each => nameOf(each) === app && (each.status?.conditions?.length ?? 0) > 0) || undefined,
  );
}

/** Asked about nothing that this test makes: nobody answers for it. */
const WEBHOOK = {
  metadata: { name: 'troubles' },
  webhooks: [
    {
      name: 'configs.troubles.example.com',
      clientConfig: { service: { namespace: NAMESPACE, name: 'hook' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      namespaceSelector: { matchLabels: { guarded: 'yes' } },
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    },
  ],
};

function deployment(app: string, replicas: number, node?: string) {
  const pods = template(app, node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } });
  return { metadata: { name: app }, spec: { replicas, selector: { matchLabels: { app } }, template: pods } };
}

/** A claim that was bound by hand to a disk of the node. */
async function localVolume({ core }: Client, node: string): Promise<void> {
  const size = { storage: '1Gi' };
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [node] };
  await core.createPersistentVolume({
    body: {
      metadata: { name: 'local-1' },
      spec: {
        capacity: size,
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'local',
        local: { path: '/mnt/disk-1' },
        claimRef: { namespace: NAMESPACE, name: 'data' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
      },
    },
  });
  await core.createNamespacedPersistentVolumeClaim({
    namespace: NAMESPACE,
    body: {
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'local',
        volumeName: 'local-1',
        resources: { requests: size },
      },
    },
  });
}
