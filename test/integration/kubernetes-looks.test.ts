import { AdmissionregistrationV1Api, CustomObjectsApi, type V1PodSpec } from '@kubernetes/client-node';
import { LOOKS, type Look } from '../../src/cluster/looks.ts';
import type { ClusterSnapshot } from '../../src/cluster/snapshot.ts';
import { HIGHLY_AVAILABLE } from '../../src/demo/cluster/scenarios.ts';
import { type Client, clientOf } from '../contract/client.ts';
import { freshNamespace, podSpec, readyPod } from '../contract/world.ts';
import { NEVER, type Stage, startStage } from '../support/kubernetes.ts';
import { failure, PASS } from '../support/meddling-proxy.ts';

let stage: Stage;
let client: Client;
let namespace: string;

beforeAll(async () => {
  stage = await startStage({}, { scenario: HIGHLY_AVAILABLE });
  client = clientOf(stage.cluster.kubeconfig());
  namespace = await freshNamespace(client);
});

afterAll(() => stage.stop());

afterEach(() => {
  stage.proxy.meddle = () => PASS;
});

function snapshot(): Promise<ClusterSnapshot> {
  return stage.kubernetes.reader.snapshot(NEVER);
}

describe('what single checks look at', () => {
  it('are workloads with their replicas, DaemonSets, and the add-ons that run', async () => {
    const { workloads, daemonSets, addons } = await snapshot();
    expect(workloads).toContainEqual({ kind: 'Deployment', namespace: 'shop', name: 'storefront', replicas: 8 });
    expect(workloads).toContainEqual({ kind: 'StatefulSet', namespace: 'data', name: 'orders-db', replicas: 3 });
    expect([...daemonSets].sort()).toEqual([
      'kube-system/kindnet',
      'kube-system/kube-proxy',
      'observability/node-exporter',
    ]);
    expect(addons).toEqual([{ kind: 'network', image: 'kindest/kindnetd', version: 'v20260528' }]);
  });

  it('are, of nodes and pods, kernel, claims and directories of the node', async () => {
    const spec: Partial<V1PodSpec> = {
      volumes: [
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
        { name: 'node', hostPath: { path: '/srv' } },
      ],
    };
    const [container] = podSpec().containers;
    const containers = container ? [{ ...container, volumeMounts: [{ name: 'node', mountPath: '/srv' }] }] : [];
    const body = { metadata: { name: 'bound' }, spec: { ...podSpec(spec), containers } };
    await client.core.createNamespacedPod({ namespace, body });
    await readyPod(client, namespace, 'bound');
    const { nodes, pods } = await snapshot();
    expect(pods.find(({ name }) => name === 'bound')).toMatchObject({ claims: ['data'], hostPath: true });
    expect(pods.filter(pod => pod.hostPath || pod.claims.length > 0)).toHaveLength(1);
    expect(new Set(nodes.map(({ os, kernel }) => `${os} ${kernel}`))).toEqual(new Set(['linux 6.12.0-amd64']));
  });

  it('are volumes that not every node can mount', async () => {
    const term = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['worker-1'] }] };
    const spec = {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      claimRef: { namespace, name: 'data' },
    };
    const nodeAffinity = { required: { nodeSelectorTerms: [term] } };
    const create = (name: string, more: object) =>
      client.core.createPersistentVolume({ body: { metadata: { name }, spec: { ...spec, ...more } } });
    await create('pv-local', { local: { path: '/mnt/1' }, nodeAffinity });
    await create('pv-anywhere', { nfs: { server: 'nfs.example.com', path: '/' } });
    await create('pv-unclaimed', { local: { path: '/mnt/2' }, nodeAffinity, claimRef: undefined });
    expect((await snapshot()).volumes).toEqual([
      {
        name: 'pv-local',
        claim: `${namespace}/data`,
        hostPath: false,
        nodeAffinity: [
          { labels: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['worker-1'] }], fields: [] },
        ],
      },
    ]);
  });

  it('are webhooks that fail closed, with the Service that serves them or the lack of it', async () => {
    const admission = client.config.makeApiClient(AdmissionregistrationV1Api);
    const webhook = (name: string, service: string, more: object = {}) => ({
      name: `${name}.guard.example.com`,
      clientConfig: { service: { namespace, name: service } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      ...more,
    });
    const served = { metadata: { name: 'hook' }, spec: { selector: { app: 'hook' }, ports: [{ port: 443 }] } };
    await client.core.createNamespacedService({ namespace, body: served });
    const closed = [webhook('closed', 'hook'), webhook('open', 'hook', { failurePolicy: 'Ignore' })];
    await admission.createValidatingWebhookConfiguration({ body: { metadata: { name: 'checks' }, webhooks: closed } });
    const lost = [
      webhook('lost', 'nothing'),
      webhook('away', 'hook', { clientConfig: { url: 'https://example.com' } }),
    ];
    await admission.createMutatingWebhookConfiguration({ body: { metadata: { name: 'changes' }, webhooks: lost } });
    const { webhooks } = await snapshot();
    const labels = { 'kubernetes.io/metadata.name': namespace };
    expect(webhooks.map(({ kind, configuration, name, service }) => ({ kind, configuration, name, service }))).toEqual([
      {
        kind: 'ValidatingWebhookConfiguration',
        configuration: 'checks',
        name: 'closed.guard.example.com',
        service: { namespace, name: 'hook', exists: true, selector: { app: 'hook' }, namespaceLabels: labels },
      },
      {
        kind: 'MutatingWebhookConfiguration',
        configuration: 'changes',
        name: 'lost.guard.example.com',
        service: { namespace, name: 'nothing', exists: false, selector: undefined, namespaceLabels: labels },
      },
    ]);
  });
});

describe('deprecated APIs', () => {
  const API = { group: 'networking.k8s.io', version: 'v1beta1', plural: 'servicecidrs' };
  const create = (name: string, fieldManager: string) =>
    client.config.makeApiClient(CustomObjectsApi).createClusterCustomObject({
      ...API,
      fieldManager,
      body: {
        apiVersion: 'networking.k8s.io/v1beta1',
        kind: 'ServiceCIDR',
        metadata: { name },
        spec: { cidrs: ['10.97.0.0/24'] },
      },
    });
  const expected = (writers: object) => ({
    group: 'networking.k8s.io',
    version: 'v1beta1',
    resource: 'servicecidrs',
    removedIn: { major: 1, minor: 37 },
    writers,
  });

  it('are none as long as nobody asked for one', async () => {
    expect((await snapshot()).deprecatedApis).toEqual([]);
  });

  it('are named with the objects and managers that last wrote in them, without being asked for by us', async () => {
    await create('office', 'helm');
    await create('home', 'kubectl-create');
    const before = stage.proxy.count('GET /apis/networking.k8s.io/v1beta1');
    const { deprecatedApis } = await snapshot();
    expect(stage.proxy.count('GET /apis/networking.k8s.io/v1beta1')).toBe(before);
    const writers = [
      { object: 'home', manager: 'kubectl-create' },
      { object: 'office', manager: 'helm' },
    ];
    expect(deprecatedApis).toEqual([expected({ kind: 'seen', writers, complete: true })]);
  });

  it('are named without them where their objects may not be listed', async () => {
    const lacks = { verb: 'list', resource: 'servicecidrs.networking.k8s.io' };
    const forbidden = failure(403, 'Forbidden', 'no right to it');
    stage.proxy.meddle = line => (line.startsWith('GET /apis/networking.k8s.io/v1/') ? forbidden : PASS);
    const seen = await snapshot();
    expect(seen.deprecatedApis).toEqual([expected({ kind: 'unseen', why: 'its objects may not be listed', lacks })]);
    expect(seen.unreadable).toEqual([]);
  });

  it('are named with every object of that page, however many there are', async () => {
    await Promise.all(Array.from({ length: 60 }, (_, n) => create(`more-${n}`, 'terraform')));
    const [{ writers } = { writers: undefined }] = (await snapshot()).deprecatedApis;
    expect(writers?.kind === 'seen' && writers.writers).toHaveLength(62);
  });

  it('are read one page deep and no further', async () => {
    stage.proxy.rewrite = url => url.replace('limit=1000', 'limit=1');
    const before = stage.proxy.count('GET /apis/networking.k8s.io/v1/servicecidrs');
    const { deprecatedApis } = await snapshot();
    stage.proxy.rewrite = url => url;
    const writers = [{ object: 'home', manager: 'kubectl-create' }];
    expect(deprecatedApis).toEqual([expected({ kind: 'seen', writers, complete: false })]);
    expect(stage.proxy.count('GET /apis/networking.k8s.io/v1/servicecidrs') - before).toBe(1);
  });
});

describe('a look that the API server refuses', () => {
  it.each<[string, Look, string]>([
    ['GET /apis/apps/v1/deployments', LOOKS.workloads, 'list deployments'],
    ['GET /apis/apps/v1/statefulsets', LOOKS.workloads, 'list statefulsets'],
    ['GET /apis/apps/v1/daemonsets', LOOKS.daemonSets, 'list daemonsets'],
    ['GET /api/v1/persistentvolumes', LOOKS.volumes, 'list persistentvolumes'],
    [
      'GET /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
      LOOKS.webhooks,
      'list validatingwebhookconfigurations',
    ],
    [
      'GET /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
      LOOKS.webhooks,
      'list mutatingwebhookconfigurations',
    ],
    ['GET /metrics', LOOKS.deprecatedApis, 'get /metrics'],
  ])('is named, and the others go on: %s', async (request, what, right) => {
    const forbidden = failure(403, 'Forbidden', 'no right to it');
    stage.proxy.meddle = line => (line.startsWith(request) ? forbidden : PASS);
    const seen = await snapshot();
    const [verb = '', resource = ''] = right.split(' ');
    const why = expect.stringMatching(/does not let us .*: no right to it$/);
    expect(seen.unreadable).toEqual([{ what, why, lacks: { verb, resource } }]);
    expect(seen.nodes).toHaveLength(9);
  });
});
