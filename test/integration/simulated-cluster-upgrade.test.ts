import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { HIGHLY_AVAILABLE, SINGLE_CONTROL_PLANE } from '../../src/demo/cluster/scenarios.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/simulated-cluster.ts';
import { type Client, clientOf, raw } from '../contract/client.ts';
import { startUpgradeJob, type Work } from '../contract/upgrade-job.ts';
import { throughAbsences, until } from '../contract/watching.ts';
import { isTrue } from '../contract/world.ts';

const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

let cluster: SimulatedCluster;
let client: Client;

async function begin(scenario: typeof SINGLE_CONTROL_PLANE, speed = 300): Promise<void> {
  cluster = await startSimulatedCluster({ scenario, speed });
  client = clientOf(cluster.kubeconfig());
}
afterEach(() => cluster.stop());

interface Verdict {
  readonly step: string;
  readonly rc: number;
  readonly reason: string;
}

/** The Job's end, and what its newest pod left as its termination message. */
async function perform(work: Work, changed: Record<string, string> = {}): Promise<Verdict> {
  await startUpgradeJob(client, work, changed);
  return verdictOf(work.id);
}

async function verdictOf(id: string): Promise<Verdict> {
  await throughAbsences(() =>
    until<V1Job, true>(client, '/apis/batch/v1/namespaces/default/jobs', jobs =>
      jobs.some(
        ({ metadata, status }) =>
          metadata?.name === id && (isTrue(status?.conditions, 'Complete') || isTrue(status?.conditions, 'Failed')),
      )
        ? true
        : undefined,
    ),
  );
  const { items } = await client.core.listNamespacedPod({ namespace: 'default', labelSelector: `job-name=${id}` });
  const message = items.at(-1)?.status?.containerStatuses?.[0]?.state?.terminated?.message ?? '';
  return JSON.parse(message) as Verdict;
}

/** Image tags of a node's static pods. */
function staticPodsOf(node: string): Record<string, string | undefined> {
  return Object.fromEntries(
    cluster
      .pods()
      .filter(({ metadata, spec }) => metadata.labels?.tier === 'control-plane' && spec.nodeName === node)
      .map(({ metadata, spec }) => [metadata.labels?.component, spec.containers[0]?.image.split(':')[1]]),
  );
}

async function kubeletOf(node: string): Promise<string | undefined> {
  return (await client.core.readNode({ name: node })).status?.nodeInfo?.kubeletVersion;
}

async function servedVersion(): Promise<string> {
  const { body } = await raw(client, '/version');
  return (JSON.parse(await body.text()) as { gitVersion: string }).gitVersion;
}

const apply = (from: string, to: string, node = 'cp-1'): Work => ({
  id: `apply-${node}`,
  node,
  phase: 'control-plane',
  kubeadm: 'apply',
  from,
  to,
});
const followApply = (node: string, from: string, to: string): Work => ({
  ...apply(from, to, node),
  id: `node-${node}`,
  kubeadm: 'node',
});
const kubelet = (node: string, from: string, to: string): Work => ({
  id: `kubelet-${node}`,
  node,
  phase: 'kubelet',
  from,
  to,
});

describe('a single control plane', () => {
  beforeEach(() => begin(SINGLE_CONTROL_PLANE));

  it('is away while kubeadm replaces it, in every way that a real one is, and comes back at the new version', async () => {
    // Slow enough to meet the two seconds in which it forbids everything.
    await cluster.stop();
    await begin(SINGLE_CONTROL_PLANE, 20);
    expect(await servedVersion()).toBe('v1.36.3');
    await startUpgradeJob(client, apply('v1.36.3', 'v1.37.2'));
    const seen = new Set<string | number>();
    for (let served = 'v1.36.3'; served !== 'v1.37.2'; ) {
      try {
        const { httpStatusCode, body } = await raw(client, '/version');
        const text = await body.text();
        seen.add(httpStatusCode);
        if (httpStatusCode === 200) served = (JSON.parse(text) as { gitVersion: string }).gitVersion;
      } catch (error) {
        const code = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
        seen.add(code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' ? 'cut off' : code);
      }
    }
    expect(seen).toEqual(new Set([200, 'cut off', 'ECONNREFUSED', 403]));
    expect(await verdictOf('apply-cp-1')).toMatchObject({ step: 'verify', rc: 0, reason: '' });
    expect(staticPodsOf('cp-1')).toEqual({
      ...Object.fromEntries(COMPONENTS.map(component => [component, 'v1.37.2'])),
      etcd: '3.7.0-0',
    });
    expect(await kubeletOf('cp-1')).toBe('v1.36.3');
  });

  it('brings the add-ons and the cluster’s configuration along', async () => {
    await perform(apply('v1.36.3', 'v1.37.2'));
    const { core, apps } = client;
    const { data } = await core.readNamespacedConfigMap({ namespace: 'kube-system', name: 'kubeadm-config' });
    expect(data?.ClusterConfiguration).toContain('kubernetesVersion: v1.37.2');
    const proxy = await apps.readNamespacedDaemonSet({ namespace: 'kube-system', name: 'kube-proxy' });
    expect(proxy.spec?.template.spec?.containers[0]?.image).toBe('registry.k8s.io/kube-proxy:v1.37.2');
    const dns = await apps.readNamespacedDeployment({ namespace: 'kube-system', name: 'coredns' });
    expect(dns.spec?.template.spec?.containers[0]?.image).toBe('registry.k8s.io/coredns/coredns:v1.14.6');
    await until<V1Pod, true>(client, '/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-proxy', pods =>
      pods.length === 3 && pods.every(pod => pod.spec?.containers[0]?.image?.endsWith('v1.37.2')) ? true : undefined,
    );
  });

  it('is followed by its kubelets', async () => {
    await perform(apply('v1.36.3', 'v1.37.2'));
    for (const node of ['cp-1', 'worker-1']) {
      expect(await perform(kubelet(node, 'v1.36.3', 'v1.37.2'))).toMatchObject({ step: 'verify', rc: 0 });
      expect(await kubeletOf(node)).toBe('v1.37.2');
    }
    expect(cluster.ledger.versionChanges.filter(({ component }) => component === 'kubelet')).toMatchObject([
      { node: 'cp-1', from: 'v1.36.3', to: 'v1.37.2' },
      { node: 'worker-1', from: 'v1.36.3', to: 'v1.37.2' },
    ]);
  });

  it('does not mind a phase that is done already', async () => {
    await perform(apply('v1.36.3', 'v1.37.2'));
    const again = { ...apply('v1.36.3', 'v1.37.2'), id: 'apply-again' };
    expect(await perform(again)).toMatchObject({ step: 'verify', rc: 0 });
    const ofApiServer = cluster.ledger.versionChanges.filter(({ component }) => component === 'kube-apiserver');
    expect(ofApiServer).toHaveLength(1);
  });
});

describe('several control planes', () => {
  beforeEach(() => begin(HIGHLY_AVAILABLE));

  it('are never all away, serve two versions meanwhile, and get their add-ons with the last', async () => {
    const failures: unknown[] = [];
    const versions = new Set<string>();
    let done = false;
    const asking = (async () => {
      while (!done)
        await servedVersion().then(
          version => versions.add(version),
          error => failures.push(error),
        );
    })();
    const proxyImage = async () =>
      (await client.apps.readNamespacedDaemonSet({ namespace: 'kube-system', name: 'kube-proxy' })).spec?.template.spec
        ?.containers[0]?.image;
    expect(await perform(apply('v1.35.4', 'v1.36.3'))).toMatchObject({ rc: 0 });
    expect(await proxyImage()).toBe('registry.k8s.io/kube-proxy:v1.35.4');
    for (const node of ['cp-2', 'cp-3']) {
      expect(await perform(followApply(node, 'v1.35.4', 'v1.36.3'))).toMatchObject({ rc: 0 });
    }
    expect(await proxyImage()).toBe('registry.k8s.io/kube-proxy:v1.36.3');
    done = true;
    await asking;
    expect(failures).toEqual([]);
    expect(versions).toEqual(new Set(['v1.35.4', 'v1.36.3']));
    for (const node of ['cp-1', 'cp-2', 'cp-3']) {
      expect(staticPodsOf(node)).toMatchObject(Object.fromEntries(COMPONENTS.map(each => [each, 'v1.36.3'])));
    }
  });

  const before: [string, Work, Record<string, string>, RegExp][] = [
    ['to skip a minor', apply('v1.35.4', 'v1.37.2'), {}, /more than one minor ahead of v1\.35\.4/],
    ['to go back', apply('v1.35.4', 'v1.35.3'), {}, /v1\.35\.3 is older than the kube-apiserver v1\.35\.4 on cp-1/],
    [
      'to follow what nobody has applied',
      followApply('cp-2', 'v1.35.4', 'v1.36.3'),
      {},
      /would go to the cluster's v1\.35\.4, not to v1\.36\.3: kubeadm upgrade apply comes first/,
    ],
    ['a control plane on a worker', apply('v1.35.4', 'v1.36.3', 'worker-1'), {}, /worker-1 is no control-plane node/],
    [
      'a kubelet newer than an API server',
      kubelet('worker-1', 'v1.35.4', 'v1.36.3'),
      {},
      /would be newer than a kube-apiserver at v1\.35\.4/,
    ],
    ['an older kubelet', kubelet('worker-1', 'v1.35.4', 'v1.34.2'), {}, /is older than the kubelet v1\.35\.4/],
    ['work for another node', kubelet('worker-1', 'v1.35.4', 'v1.36.3'), { CAPSTAN_NODE: 'worker-2' }, /worker-2/],
    ['an unknown phase', kubelet('worker-1', 'v1.35.4', 'v1.36.3'), { CAPSTAN_PHASE: 'all' }, /CAPSTAN_PHASE is all/],
    ['no version', kubelet('worker-1', 'v1.35.4', 'v1.36.3'), { CAPSTAN_TO: 'newest' }, /must both be versions/],
    ['nameless work', kubelet('worker-1', 'v1.35.4', 'v1.36.3'), { CAPSTAN_WORK_ID: '' }, /CAPSTAN_WORK_ID is missing/],
  ];

  it.each(before)('refuse %s, and nothing changes', async (_what, work, changed, reason) => {
    const verdict = await perform(work, changed);
    expect(verdict).toMatchObject({ rc: 1, reason: expect.stringMatching(reason) });
    expect(cluster.ledger.versionChanges).toEqual([]);
  });

  it('refuse a second minor while one API server lags behind the first', async () => {
    await perform(apply('v1.35.4', 'v1.36.3'));
    const verdict = await perform({ ...apply('v1.36.3', 'v1.37.2'), id: 'too-soon' });
    expect(verdict.reason).toBe('A kube-apiserver still runs v1.35.4: all must be within one minor of v1.37.2.');
  });

  const config = (node: string, to: string): Work => ({
    id: `config-${node}-${to}`,
    node,
    phase: 'config',
    from: 'v1.35.4',
    to,
  });
  const applyAll = async (from: string, to: string) => {
    expect(await perform({ ...apply(from, to), id: `apply-${to}` })).toMatchObject({ rc: 0 });
    for (const node of ['cp-2', 'cp-3']) {
      expect(await perform({ ...followApply(node, from, to), id: `${node}-${to}` })).toMatchObject({ rc: 0 });
    }
  };

  it('let a kubelet skip a minor where kubeadm has gone through it, and no other', async () => {
    await applyAll('v1.35.4', 'v1.36.3');
    expect(await perform(config('worker-1', 'v1.36.3'))).toMatchObject({ step: 'verify', rc: 0 });
    expect(await perform(config('cp-1', 'v1.36.3'))).toMatchObject({
      rc: 1,
      reason: expect.stringContaining('carries'),
    });
    expect(await kubeletOf('worker-1')).toBe('v1.35.4');
    await applyAll('v1.36.3', 'v1.37.2');
    expect(await perform(kubelet('worker-1', 'v1.36.3', 'v1.37.2'))).toMatchObject({ rc: 0 });
    expect(await kubeletOf('worker-1')).toBe('v1.37.2');
    expect(await perform(kubelet('worker-2', 'v1.36.3', 'v1.37.2'))).toMatchObject({
      rc: 1,
      reason: 'worker-2 was last migrated by kubeadm v1.35.4; v1.37.2 would skip a minor.',
    });
    // A kubeadm that is older than the control plane does, as on real hosts.
    expect(await perform(config('worker-2', 'v1.36.3'))).toMatchObject({ rc: 0 });
    expect(await perform(config('worker-2', 'v1.37.2'))).toMatchObject({ rc: 0 });
    expect(await perform({ ...kubelet('worker-2', 'v1.36.3', 'v1.37.2'), id: 'again' })).toMatchObject({ rc: 0 });
  });

  it('tell as an offence what kubeadm would let pass: a kubelet that changes its minor under running pods', async () => {
    await perform(apply('v1.35.4', 'v1.36.3'));
    for (const node of ['cp-2', 'cp-3']) await perform(followApply(node, 'v1.35.4', 'v1.36.3'));
    expect(cluster.ledger.offences).toEqual([]);
    await perform(kubelet('worker-1', 'v1.35.4', 'v1.36.3'));
    const sentences = cluster.ledger.offences.map(({ sentence }) => sentence);
    expect(sentences).toContain('The kubelet of worker-1 changed its minor while the node was not cordoned.');
    expect(sentences.some(each => each.includes('changed its minor under shop/'))).toBe(true);
  });
});

describe('work on a host', () => {
  beforeEach(() => begin(HIGHLY_AVAILABLE));

  const podOf = (id: string, besides?: string) =>
    until<V1Pod, V1Pod>(client, '/api/v1/namespaces/default/pods', pods =>
      pods.find(
        ({ metadata, status }) =>
          metadata?.labels?.['job-name'] === id && metadata.uid !== besides && status?.phase === 'Running',
      ),
    );

  it('goes on when its pod is deleted, and the next pod of the same work finds it', async () => {
    const work = apply('v1.35.4', 'v1.36.3');
    await startUpgradeJob(client, work);
    const pod = await podOf(work.id);
    await client.core.deleteNamespacedPod({
      namespace: 'default',
      name: pod.metadata?.name ?? '',
      gracePeriodSeconds: 0,
    });
    await client.batch.deleteNamespacedJob({ namespace: 'default', name: work.id, propagationPolicy: 'Background' });
    expect(await perform({ ...work, id: 'again' }, { CAPSTAN_WORK_ID: work.id })).toMatchObject({
      rc: 0,
      work: work.id,
    });
    expect(cluster.ledger.versionChanges.filter(({ component }) => component === 'kube-apiserver')).toHaveLength(1);
    expect(cluster.ledger.offences).toEqual([]);
    const { items } = await client.core.listNamespacedPod({ namespace: 'default', labelSelector: 'job-name=again' });
    const log = await client.core.readNamespacedPodLog({ namespace: 'default', name: items[0]?.metadata?.name ?? '' });
    const begun = log.match(/(?<=^\[)\S+(?=\] begins$)/gm);
    expect(begun).toEqual(['preflight', 'repository', 'kubeadm', 'prefetch', 'backup', 'plan', 'apply', 'verify']);
  });

  it('is never two at once: the second is refused, and that somebody tried is an offence', async () => {
    await startUpgradeJob(client, apply('v1.35.4', 'v1.36.3'));
    await podOf('apply-cp-1');
    const second = await perform({ ...apply('v1.35.4', 'v1.36.3'), id: 'second' });
    expect(second).toMatchObject({ step: 'start', rc: 1, reason: 'apply-cp-1 is still at work on cp-1.' });
    expect(cluster.ledger.offences).toMatchObject([
      { sentence: 'second was started on cp-1 while apply-cp-1 was still at work.' },
    ]);
    expect(await verdictOf('apply-cp-1')).toMatchObject({ rc: 0 });
  });

  it('is waited for by whoever only asks the host, whose answer comes when nothing is at work there any more', async () => {
    await startUpgradeJob(client, apply('v1.35.4', 'v1.36.3'));
    await podOf('apply-cp-1');
    const asked = await perform(
      { ...apply('v1.35.4', 'v1.36.3'), id: 'question', phase: 'kubelet' },
      { CAPSTAN_ONLY: 'preflight', CAPSTAN_KUBEADM: '' },
    );
    expect(asked).toMatchObject({ step: 'preflight', rc: 0 });
    expect(await verdictOf('apply-cp-1')).toMatchObject({ rc: 0 });
    expect(cluster.ledger.offences).toEqual([]);
  });
});
