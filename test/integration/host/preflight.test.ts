import { hostsOfTests } from '../../support/host/hosts.ts';
import { FIRST_CONTROL_PLANE, WORKER_KUBELET } from '../../support/host/stand-in-host.ts';

const ASK_CONTROL_PLANE = { ...FIRST_CONTROL_PLANE, WORK_KEY: 'ask', ONLY: 'preflight' };
const ASK_WORKER = { ...WORKER_KUBELET, WORK_KEY: 'ask', ONLY: 'preflight' };

/** As kubeadm 1.36 writes it. */
const CERTIFICATES = `
CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED
admin.conf                 Nov 24, 2027 18:56 UTC   364d            ca                      no
apiserver                  Nov 24, 2026 18:56 UTC   12d             ca                      no

CERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED
ca                      Nov 21, 2036 18:56 UTC   9y              no
front-proxy-ca          Dec 21, 2026 18:56 UTC   27d             no
`;

const DIFF = `[upgrade/diff] Reading configuration from the cluster
--- /etc/kubernetes/manifests/kube-apiserver.yaml
+++ new manifest
@@ -17 +16,0 @@
-    - --profiling=false
@@ -30 +29 @@
-    - --service-cluster-ip-range=10.0.0.0/8
+    - --service-cluster-ip-range=10.96.0.0/12
`;

const says = (text: string) => `cat <<'END'\n${text}\nEND\nexit 0`;

const on = hostsOfTests();

describe('a preflight', () => {
  test.each([
    ['control-plane', ASK_CONTROL_PLANE],
    ['worker', ASK_WORKER],
  ] as const)('on a sound %s finds nothing, and changes nothing', async (role, settings) => {
    const host = await on(role);
    const { code, output } = await host.attach(settings);
    expect(code).toBe(0);
    expect(output).not.toMatch(/^warning/m);
    expect(await host.begun('ask')).toEqual(['preflight']);
    expect(await host.verdict('ask')).toMatchObject({ step: 'preflight', rc: 0, reason: '' });
    const changing = (await host.calls()).filter(call => !/^(systemd-run|kubeadm version)/.test(call));
    expect(changing).toEqual([]);
    expect(await host.held()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
  });

  test('tells all that is wrong at once, and stops the phase before its first change', async () => {
    const host = await on('control-plane');
    await host.hook('df', 'echo header; echo "/dev/sda 9 9 102400 99% /"; exit 0');
    await host.hook('kubeadm', `[ "$1" != certs ] || { ${says('apiserver Nov 24, 2026 18:56 UTC <invalid> ca no')}; }`);
    expect((await host.attach(FIRST_CONTROL_PLANE)).code).toBe(1);
    expect(await host.begun('first')).toEqual(['preflight']);
    expect(await host.verdict('first')).toMatchObject({
      step: 'preflight',
      rc: 1,
      reason:
        'DiskSpace: /var/lib has 100 MiB left, and 1025 MiB are needed. Certificates: these certificates have expired: ' +
        'apiserver. kubeadm certs renew NAME makes new ones.',
    });
    expect((await host.calls()).filter(call => /^(apt|kubeadm upgrade)/.test(call))).toEqual([]);
  });

  test('lets pass what is to be ignored, and says so', async () => {
    const host = await on('worker');
    await host.hook('df', 'echo header; echo "/dev/sda 9 9 102400 99% /"; exit 0');
    const { code, output } = await host.attach({ ...ASK_WORKER, IGNORE_PREFLIGHT: 'Swap,DiskSpace' });
    expect(code).toBe(0);
    expect(output).toContain('warning: DiskSpace is ignored: /var/lib has 100 MiB left');
    expect((await host.attach({ ...ASK_WORKER, WORK_KEY: 'other', IGNORE_PREFLIGHT: 'Disk' })).code).toBe(1);
  });
});

describe('the kubelet of a host', () => {
  test('must be a package, for another one would stay beside what apt installs', async () => {
    const host = await on('worker');
    await host.install('kubelet', undefined);
    expect((await host.attach(ASK_WORKER)).code).toBe(1);
    expect(await host.verdict('ask')).toMatchObject({
      step: 'preflight',
      reason: 'Packages: apt has not installed the kubelet of this host, and cannot upgrade it.',
    });
  });

  test('is found wanting where the host knows no packages', async () => {
    const host = await on('worker');
    await host.hook('dpkg-query', 'exit 127');
    expect((await host.attach(ASK_WORKER)).code).toBe(1);
    expect(await host.verdict('ask')).toMatchObject({ reason: expect.stringMatching(/^Packages: /) });
  });
});

describe('the control groups of a host', () => {
  const v1 = async () => {
    const host = await on('worker');
    await host.remove('sys/fs/cgroup/cgroup.controllers');
    return host;
  };

  test('of version 1 do not do for a kubelet that needs version 2', async () => {
    const host = await v1();
    await host.attach(ASK_WORKER);
    expect(await host.verdict('ask')).toMatchObject({
      reason: 'CgroupVersion: this host has cgroup v1, and a kubelet of v1.37.2 does not start with it.',
    });
  });

  test.each([
    ['by its configuration', 'config.yaml', 'cgroupDriver: systemd\nfailCgroupV1: false\n'],
    ['by a flag', 'kubeadm-flags.env', 'KUBELET_KUBEADM_ARGS="--fail-cgroupv1=false --v=2"\n'],
  ])('of version 1 do where the kubelet is told to accept them %s', async (_how, file, text) => {
    const host = await v1();
    await host.put(`var/lib/kubelet/${file}`, text);
    const { code, output } = await host.attach(ASK_WORKER);
    expect(code).toBe(0);
    expect(output).toContain('this host has cgroup v1, which its kubelet is told to accept');
  });

  test('do not matter to an older kubelet', async () => {
    const host = await v1();
    expect((await host.attach({ ...ASK_WORKER, TO: 'v1.34.3', CGROUP: '' })).code).toBe(0);
  });
});

describe('certificates', () => {
  test('that end soon are renewed by the upgrade; an authority that does is warned about', async () => {
    const host = await on('control-plane');
    await host.hook('kubeadm', `[ "$1" != certs ] || { ${says(CERTIFICATES)}; }`);
    const { code, output } = await host.attach(ASK_CONTROL_PLANE);
    expect(code).toBe(0);
    expect(output).toContain('warning: certificate authorities end within a month: front-proxy-ca');
    expect(output).toContain('no certificate has expired');
  });

  test('that kubeadm cannot tell of are no reason to stop', async () => {
    const host = await on('control-plane');
    await host.hook('kubeadm', '[ "$1" != certs ] || { echo "error: no pki"; exit 1; }');
    const { code, output } = await host.attach(ASK_CONTROL_PLANE);
    expect(code).toBe(0);
    expect(output).toContain('warning: kubeadm could not tell when certificates end: error: no pki');
  });
});

describe('etcd', () => {
  const unhealthy = `echo 'https://10.0.0.11:2379 is unhealthy: failed to commit proposal'; echo 'Error: unhealthy cluster'; exit 1`;

  test('with a member that is not healthy stops the phase', async () => {
    const host = await on('control-plane');
    await host.hook('kubectl', unhealthy);
    await host.attach(ASK_CONTROL_PLANE);
    expect(await host.verdict('ask')).toMatchObject({
      reason: 'EtcdMembers: these etcd members are not healthy: https://10.0.0.11:2379.',
    });
  });

  test('is given time to come back', async () => {
    const host = await on('control-plane');
    await host.hook('kubectl', `[ -e "$world/asked" ] || { touch "$world/asked"; ${unhealthy}; }`);
    const { code, output } = await host.attach(ASK_CONTROL_PLANE);
    expect(code).toBe(0);
    expect(output).toContain('every etcd member is healthy');
  });

  test('that cannot be asked is not taken for healthy', async () => {
    const host = await on('control-plane');
    await host.hook('kubectl', 'echo "error: unable to upgrade connection" >&2; exit 1');
    await host.attach(ASK_CONTROL_PLANE);
    expect(await host.verdict('ask')).toMatchObject({
      reason: 'EtcdMembers: etcd could not be asked: error: unable to upgrade connection',
    });
  });

  test('to which there is no way in is left to the plan', async () => {
    const host = await on('control-plane');
    await host.remove('etc/kubernetes/admin.conf');
    const { code, output } = await host.attach(ASK_CONTROL_PLANE);
    expect(code).toBe(0);
    expect(output).toContain("warning: neither etcdctl nor kubectl is on this host: etcd's members were not asked");
  });

  test('that runs elsewhere is not asked, nor on a worker', async () => {
    const host = await on('control-plane');
    await host.remove('etc/kubernetes/manifests/etcd.yaml');
    await host.hook('kubectl', 'exit 1');
    expect((await host.attach(ASK_CONTROL_PLANE)).code).toBe(0);
    expect((await host.attach({ ...ASK_WORKER, WORK_KEY: 'worker' })).code).toBe(0);
  });
});

describe('manifests of the control plane', () => {
  const shows = (diff: string) => `[ "$2" != diff ] || { [ "$3" = v1.36.3 ] || exit 9; ${says(diff)}; }`;

  test('that somebody edited stop the phase, with what would be lost', async () => {
    const host = await on('control-plane');
    await host.hook('kubeadm', shows(DIFF));
    await host.attach(ASK_CONTROL_PLANE);
    expect(await host.verdict('ask')).toMatchObject({
      reason:
        'EditedManifests: somebody edited what kubeadm writes, and the upgrade would undo it: ' +
        'kube-apiserver.yaml (- - --profiling=false);kube-apiserver.yaml (- - --service-cluster-ip-range=10.0.0.0/8);' +
        'kube-apiserver.yaml (+ - --service-cluster-ip-range=10.96.0.0/12). Put it into the ClusterConfiguration of ' +
        'kubeadm-config first.',
    });
  });

  test('are compared by no kubeadm but the one that wrote them', async () => {
    const host = await on('control-plane');
    await host.install('kubeadm', 'installed 1.37.2-1.1');
    await host.hook('kubeadm', shows(DIFF));
    const { code, output } = await host.attach(ASK_CONTROL_PLANE);
    expect(code).toBe(0);
    expect(output).toContain('warning: kubeadm v1.37.2 did not write the manifests of v1.36.3');
  });

  test('that kubeadm fails to compare are no reason to stop', async () => {
    const host = await on('control-plane');
    await host.hook('kubeadm', '[ "$2" != diff ] || { echo "error: no endpoint"; exit 1; }');
    const { code, output } = await host.attach(ASK_CONTROL_PLANE);
    expect(code).toBe(0);
    expect(output).toContain('warning: kubeadm could not compare the manifests: error: no endpoint');
  });
});

test.each([
  ['ONLY', 'apply'],
  ['CGROUP', '3'],
])('a setting that is out of place is refused: %s', async (name, value) => {
  const host = await on('worker');
  const { code, output } = await host.attach({ ...ASK_WORKER, [name]: value });
  expect(code).toBe(1);
  expect(output).toContain(`error: CAPSTAN_${name} is "${value}"; it must match`);
});
