import { CONTROL_PLANE_KUBELET, hostsOfTests } from '../../support/host/hosts.ts';
import { FIRST_CONTROL_PLANE, WORKER_KUBELET } from '../../support/host/stand-in-host.ts';

const OTHER_CONTROL_PLANE = { ...FIRST_CONTROL_PLANE, WORK_KEY: 'second', KUBEADM: 'node' };
const WORKER_CONFIG = { ...WORKER_KUBELET, WORK_KEY: 'config', PHASE: 'config', KUBEADM: '' };

const on = hostsOfTests();

describe('the steps on a host', () => {
  test('the first control plane: its packages, images and backup before kubeadm plans and applies', async () => {
    const host = await on('control-plane');
    const ended = await host.attach(FIRST_CONTROL_PLANE);
    expect(ended.output).toContain('[verify] done');
    expect(ended.code).toBe(0);
    expect(await host.begun('first')).toEqual([
      'preflight',
      'repository',
      'kubeadm',
      'prefetch',
      'backup',
      'plan',
      'apply',
      'verify',
    ]);
    expect(await host.verdict('first')).toEqual({
      work: 'run-1-h0-0-cp-1-1',
      phase: 'control-plane',
      to: 'v1.37.2',
      step: 'verify',
      rc: 0,
      reason: '',
    });
    expect((await host.calls()).filter(call => /^(kubeadm|kubectl)/.test(call))).toEqual([
      'kubeadm version -o short',
      'kubeadm config images pull --kubernetes-version v1.37.2 --image-repository=registry.k8s.io',
      `kubectl --kubeconfig=${host.root}/etc/kubernetes/admin.conf --namespace=kube-system exec etcd-cp-1 -- ` +
        'etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt ' +
        '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key ' +
        'snapshot save /var/lib/etcd/capstan-snapshot.db',
      'kubeadm upgrade plan v1.37.2',
      'kubeadm upgrade apply --yes v1.37.2',
      'kubeadm version -o short',
    ]);
  });

  test('the other control planes: kubeadm upgrades the node, and plans nothing', async () => {
    const host = await on('control-plane');
    expect((await host.attach(OTHER_CONTROL_PLANE)).code).toBe(0);
    const kubeadm = (await host.calls()).filter(call => call.startsWith('kubeadm upgrade'));
    expect(kubeadm).toEqual(['kubeadm upgrade node']);
  });

  test('a worker: the kubelet and kubectl at exactly the version, then the kubelet starts anew', async () => {
    const host = await on('worker');
    expect((await host.attach(WORKER_KUBELET)).code).toBe(0);
    expect(await host.begun('worker')).toEqual([
      'preflight',
      'repository',
      'kubeadm',
      'node',
      'kubelet',
      'restart',
      'verify',
    ]);
    const tail = '-o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold';
    expect(await host.calls()).toEqual([
      expect.stringMatching(/^systemd-run --quiet --collect --unit=capstan-worker.service .*Type=exec/),
      expect.stringMatching(/^apt-get update -o Dir::Etc::sourcelist=\S+kubernetes.list -o Dir::Etc::sourceparts=-/),
      'apt-mark unhold kubeadm',
      'apt-get install -s --no-remove kubeadm=1.37.2-1.1',
      `apt-get install -y --no-remove --no-install-recommends ${tail} kubeadm=1.37.2-1.1`,
      'apt-mark hold kubeadm',
      'kubeadm upgrade node',
      'apt-mark unhold kubelet kubectl',
      'apt-get install -s --no-remove kubelet=1.37.2-1.1 kubectl=1.37.2-1.1',
      `apt-get install -y --no-remove --no-install-recommends ${tail} kubelet=1.37.2-1.1 kubectl=1.37.2-1.1`,
      'apt-mark hold kubelet kubectl',
      'systemctl daemon-reload',
      'systemctl restart kubelet',
      'systemctl is-active kubelet',
      'kubelet --version',
      'systemctl is-active kubelet',
    ]);
    expect(await host.held()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
  });

  test('a control plane has its kubelet upgraded without kubeadm', async () => {
    const host = await on('control-plane');
    expect((await host.attach(CONTROL_PLANE_KUBELET)).code).toBe(0);
    expect(await host.begun('cp-kubelet')).toEqual(['preflight', 'repository', 'kubelet', 'restart', 'verify']);
  });

  test('a worker whose kubelet skips a version: kubeadm alone, and nothing is restarted', async () => {
    const host = await on('worker');
    expect((await host.attach(WORKER_CONFIG)).code).toBe(0);
    expect(await host.begun('config')).toEqual(['preflight', 'worker', 'repository', 'kubeadm', 'node', 'verify']);
    expect(await host.verdict('config')).toMatchObject({ phase: 'config', step: 'verify', rc: 0 });
    const calls = await host.calls();
    expect(calls).toContain('kubeadm upgrade node');
    expect(calls.filter(call => call.includes('kubelet') || call.startsWith('systemctl'))).toEqual([]);
    expect(await host.held()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
  });

  test('a control plane is refused where only a worker’s kubelet may wait, before anything is changed', async () => {
    const host = await on('control-plane');
    expect((await host.attach(WORKER_CONFIG)).code).toBe(1);
    expect(await host.verdict('config')).toMatchObject({
      step: 'worker',
      rc: 1,
      reason: 'this host carries a control plane: only workers may have their kubelet skip a version.',
    });
    expect((await host.calls()).filter(call => call.startsWith('kubeadm') || call.startsWith('apt'))).toEqual([]);
  });

  test('a kubelet may still be brought to a version that kubeadm has gone through before', async () => {
    const host = await on('worker');
    for (const name of ['kubeadm', 'kubelet', 'kubectl']) await host.offer(name, '1.36.9-1.1');
    const older = { ...WORKER_CONFIG, WORK_KEY: 'older', TO: 'v1.36.9' };
    for (const work of [older, WORKER_CONFIG]) expect((await host.attach(work)).code).toBe(0);
    const before = (await host.calls()).length;
    const again = [
      { ...older, WORK_KEY: 'older-again' },
      { ...WORKER_KUBELET, WORK_KEY: 'older-kubelet', TO: 'v1.36.9' },
    ];
    for (const work of again) expect((await host.attach(work)).code).toBe(0);
    const calls = (await host.calls()).slice(before);
    expect(calls.filter(call => call.startsWith('kubeadm upgrade'))).toEqual([]);
    expect(calls).toContain('apt-get install -s --no-remove kubelet=1.36.9-1.1 kubectl=1.36.9-1.1');
    expect(await host.verdict('older-kubelet')).toMatchObject({ rc: 0 });
  });

  test('but not to one of which nothing says that kubeadm has gone through it', async () => {
    const host = await on('worker');
    for (const name of ['kubeadm', 'kubelet', 'kubectl']) await host.offer(name, '1.36.9-1.1');
    expect((await host.attach(WORKER_CONFIG)).code).toBe(0);
    await host.attach({ ...WORKER_KUBELET, WORK_KEY: 'older-kubelet', TO: 'v1.36.9' });
    expect(await host.verdict('older-kubelet')).toMatchObject({
      step: 'kubeadm',
      reason: 'kubeadm 1.37.2-1.1 is newer than 1.36.9-1.1; capstan never downgrades.',
    });
  });

  test('a host without kubectl stays without', async () => {
    const host = await on('worker');
    await host.install('kubectl', undefined);
    expect((await host.attach(WORKER_KUBELET)).code).toBe(0);
    expect((await host.calls()).filter(call => call.includes('kubectl'))).toEqual([]);
  });

  test('every kubeadm command is told which preflight errors to ignore', async () => {
    const host = await on('control-plane');
    const IGNORE_PREFLIGHT = 'SystemVerification,CreateJob';
    await host.attach({ ...FIRST_CONTROL_PLANE, IGNORE_PREFLIGHT });
    await host.attach({ ...OTHER_CONTROL_PLANE, IGNORE_PREFLIGHT });
    const upgrades = (await host.calls()).filter(call => call.startsWith('kubeadm upgrade'));
    expect(upgrades).toEqual(
      ['plan v1.37.2', 'apply --yes v1.37.2', 'node'].map(
        words => `kubeadm upgrade ${words} --ignore-preflight-errors=SystemVerification,CreateJob`,
      ),
    );
  });

  test('the backup holds the configuration without kubeadm’s copies of etcd, and a snapshot of etcd', async () => {
    const host = await on('control-plane');
    await host.attach(FIRST_CONTROL_PLANE);
    const backup = 'var/lib/capstan/work/first/backup';
    expect(await host.read(`${backup}/kubernetes/manifests/kube-apiserver.yaml`)).toContain('v1.36.3');
    expect(host.has(`${backup}/kubernetes/tmp`)).toBe(false);
    expect(await host.read(`${backup}/etcd.db`)).toBe('all of etcd\n');
    expect(host.has('var/lib/etcd/capstan-snapshot.db')).toBe(false);
  });
});
