import type { V1Pod } from '@kubernetes/client-node';
import { HIGHLY_AVAILABLE, SINGLE_CONTROL_PLANE } from '../../src/demo/cluster/scenarios.ts';
import { raw } from '../contract/client.ts';
import type { Work } from '../contract/upgrade-job.ts';
import { until } from '../contract/watching.ts';
import { apply, followApply, kubelet, SimulatedUpgrade } from '../support/simulated-upgrade.ts';

const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

let at: SimulatedUpgrade;

afterEach(() => at.cluster.stop());

describe('a single control plane', () => {
  beforeEach(async () => {
    at = await SimulatedUpgrade.start(SINGLE_CONTROL_PLANE);
  });

  it('is away while kubeadm replaces it, in every way that a real one is, and comes back at the new version', async () => {
    // Slow enough to meet the two seconds in which it forbids everything.
    await at.cluster.stop();
    at = await SimulatedUpgrade.start(SINGLE_CONTROL_PLANE, 20);
    expect(await at.servedVersion()).toBe('v1.36.3');
    await at.start(apply('v1.36.3', 'v1.37.2'));
    const seen = new Set<string | number>();
    for (let served = 'v1.36.3'; served !== 'v1.37.2'; ) {
      try {
        const { httpStatusCode, body } = await raw(at.client, '/version');
        const text = await body.text();
        seen.add(httpStatusCode);
        if (httpStatusCode === 200) served = (JSON.parse(text) as { gitVersion: string }).gitVersion;
      } catch (error) {
        const code = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
        seen.add(code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' ? 'cut off' : code);
      }
    }
    expect(seen).toEqual(new Set([200, 'cut off', 'ECONNREFUSED', 403]));
    expect(await at.verdictOf('apply-cp-1')).toMatchObject({ step: 'verify', rc: 0, reason: '' });
    expect(at.staticPodsOf('cp-1')).toEqual({
      ...Object.fromEntries(COMPONENTS.map(component => [component, 'v1.37.2'])),
      etcd: '3.7.0-0',
    });
    expect(await at.kubeletOf('cp-1')).toBe('v1.36.3');
  });

  it('brings the add-ons and the cluster’s configuration along', async () => {
    await at.perform(apply('v1.36.3', 'v1.37.2'));
    const { core, apps } = at.client;
    const { data } = await core.readNamespacedConfigMap({ namespace: 'kube-system', name: 'kubeadm-config' });
    expect(data?.ClusterConfiguration).toContain('kubernetesVersion: v1.37.2');
    const proxy = await apps.readNamespacedDaemonSet({ namespace: 'kube-system', name: 'kube-proxy' });
    expect(proxy.spec?.template.spec?.containers[0]?.image).toBe('registry.k8s.io/kube-proxy:v1.37.2');
    const dns = await apps.readNamespacedDeployment({ namespace: 'kube-system', name: 'coredns' });
    expect(dns.spec?.template.spec?.containers[0]?.image).toBe('registry.k8s.io/coredns/coredns:v1.14.6');
    await until<V1Pod, true>(
      at.client,
      '/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-proxy',
      pods =>
        pods.length === 3 && pods.every(pod => pod.spec?.containers[0]?.image?.endsWith('v1.37.2')) ? true : undefined,
    );
  });

  it('is followed by its kubelets', async () => {
    await at.perform(apply('v1.36.3', 'v1.37.2'));
    for (const node of ['cp-1', 'worker-1']) {
      expect(await at.perform(kubelet(node, 'v1.36.3', 'v1.37.2'))).toMatchObject({ step: 'verify', rc: 0 });
      expect(await at.kubeletOf(node)).toBe('v1.37.2');
    }
    expect(at.cluster.ledger.versionChanges.filter(({ component }) => component === 'kubelet')).toMatchObject([
      { node: 'cp-1', from: 'v1.36.3', to: 'v1.37.2' },
      { node: 'worker-1', from: 'v1.36.3', to: 'v1.37.2' },
    ]);
  });

  it('does not mind a phase that is done already', async () => {
    await at.perform(apply('v1.36.3', 'v1.37.2'));
    const again = { ...apply('v1.36.3', 'v1.37.2'), id: 'apply-again' };
    expect(await at.perform(again)).toMatchObject({ step: 'verify', rc: 0 });
    const ofApiServer = at.cluster.ledger.versionChanges.filter(({ component }) => component === 'kube-apiserver');
    expect(ofApiServer).toHaveLength(1);
  });
});

describe('several control planes', () => {
  beforeEach(async () => {
    at = await SimulatedUpgrade.start(HIGHLY_AVAILABLE);
  });

  it('are never all away, serve two versions meanwhile, and get their add-ons with the last', async () => {
    const failures: unknown[] = [];
    const versions = new Set<string>();
    let done = false;
    const asking = (async () => {
      while (!done)
        await at.servedVersion().then(
          version => versions.add(version),
          error => failures.push(error),
        );
    })();
    const proxyImage = async () =>
      (await at.client.apps.readNamespacedDaemonSet({ namespace: 'kube-system', name: 'kube-proxy' })).spec?.template
        .spec?.containers[0]?.image;
    expect(await at.perform(apply('v1.35.4', 'v1.36.3'))).toMatchObject({ rc: 0 });
    expect(await proxyImage()).toBe('registry.k8s.io/kube-proxy:v1.35.4');
    for (const node of ['cp-2', 'cp-3']) {
      expect(await at.perform(followApply(node, 'v1.35.4', 'v1.36.3'))).toMatchObject({ rc: 0 });
    }
    expect(await proxyImage()).toBe('registry.k8s.io/kube-proxy:v1.36.3');
    done = true;
    await asking;
    expect(failures).toEqual([]);
    expect(versions).toEqual(new Set(['v1.35.4', 'v1.36.3']));
    for (const node of ['cp-1', 'cp-2', 'cp-3']) {
      expect(at.staticPodsOf(node)).toMatchObject(Object.fromEntries(COMPONENTS.map(each => [each, 'v1.36.3'])));
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
    const verdict = await at.perform(work, changed);
    expect(verdict).toMatchObject({ rc: 1, reason: expect.stringMatching(reason) });
    expect(at.cluster.ledger.versionChanges).toEqual([]);
  });

  it('refuse a second minor while one API server lags behind the first', async () => {
    await at.perform(apply('v1.35.4', 'v1.36.3'));
    const verdict = await at.perform({ ...apply('v1.36.3', 'v1.37.2'), id: 'too-soon' });
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
    expect(await at.perform({ ...apply(from, to), id: `apply-${to}` })).toMatchObject({ rc: 0 });
    for (const node of ['cp-2', 'cp-3']) {
      expect(await at.perform({ ...followApply(node, from, to), id: `${node}-${to}` })).toMatchObject({ rc: 0 });
    }
  };

  it('let a kubelet skip a minor where kubeadm has gone through it, and no other', async () => {
    await applyAll('v1.35.4', 'v1.36.3');
    expect(await at.perform(config('worker-1', 'v1.36.3'))).toMatchObject({ step: 'verify', rc: 0 });
    expect(await at.perform(config('cp-1', 'v1.36.3'))).toMatchObject({
      rc: 1,
      reason: expect.stringContaining('carries'),
    });
    expect(await at.kubeletOf('worker-1')).toBe('v1.35.4');
    await applyAll('v1.36.3', 'v1.37.2');
    expect(await at.perform(kubelet('worker-1', 'v1.36.3', 'v1.37.2'))).toMatchObject({ rc: 0 });
    expect(await at.kubeletOf('worker-1')).toBe('v1.37.2');
    expect(await at.perform(kubelet('worker-2', 'v1.36.3', 'v1.37.2'))).toMatchObject({
      rc: 1,
      reason: 'worker-2 was last migrated by kubeadm v1.35.4; v1.37.2 would skip a minor.',
    });
    // A kubeadm that is older than the control plane does, as on real hosts.
    expect(await at.perform(config('worker-2', 'v1.36.3'))).toMatchObject({ rc: 0 });
    expect(await at.perform(config('worker-2', 'v1.37.2'))).toMatchObject({ rc: 0 });
    expect(await at.perform({ ...kubelet('worker-2', 'v1.36.3', 'v1.37.2'), id: 'again' })).toMatchObject({ rc: 0 });
  });

  it('tell as an offence what kubeadm would let pass: a kubelet that changes its minor under running pods', async () => {
    await at.perform(apply('v1.35.4', 'v1.36.3'));
    for (const node of ['cp-2', 'cp-3']) await at.perform(followApply(node, 'v1.35.4', 'v1.36.3'));
    expect(at.cluster.ledger.offences).toEqual([]);
    await at.perform(kubelet('worker-1', 'v1.35.4', 'v1.36.3'));
    const sentences = at.cluster.ledger.offences.map(({ sentence }) => sentence);
    expect(sentences).toContain('The kubelet of worker-1 changed its minor while the node was not cordoned.');
    expect(sentences.some(each => each.includes('changed its minor under shop/'))).toBe(true);
  });
});
