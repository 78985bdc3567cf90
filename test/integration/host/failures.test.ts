import { hostsOfTests } from '../../support/host/hosts.ts';
import { FIRST_CONTROL_PLANE, type StandInHost, WORKER_KUBELET } from '../../support/host/stand-in-host.ts';

const on = hostsOfTests();

describe('what goes wrong', () => {
  const failing = async (host: StandInHost): Promise<void> => {
    expect((await host.attach(WORKER_KUBELET)).code).toBe(1);
  };

  test.each([
    [
      'apt cannot install',
      'apt-get',
      'case "$*" in *-y*kubelet*) echo "E: Sub-process dpkg failed (1)"; exit 100 ;; esac',
      'kubelet',
      100,
      'E: Sub-process dpkg failed (1)',
    ],
    [
      'the repository is out of reach',
      'apt-get',
      '[ "$1" != update ] || { echo "E: Failed to fetch x" >&2; echo "E: Some index files failed" >&2; exit 100; }',
      'repository',
      100,
      'E: Failed to fetch x',
    ],
    [
      'kubeadm’s preflight fails',
      'kubeadm',
      `printf 'error: preflight\\n\\t[ERROR "Port" in use]: a\\\\b \\303\\251\\n[preflight] see above\\n'; exit 1`,
      'node',
      1,
      "\t[ERROR 'Port' in use]: a'b ",
    ],
    ['kubeadm says nothing of a cause', 'kubeadm', 'echo "about to"; echo "gave up"; exit 3', 'node', 3, 'gave up'],
    [
      'the kubelet does not run',
      'systemctl',
      '[ "$1" != is-active ] || { echo failed; exit 3; }',
      'restart',
      3,
      'failed',
    ],
  ])(
    '%s: the verdict names the step, its code and the line to read',
    async (_what, command, hook, step, rc, reason) => {
      const host = await on('worker');
      await host.hook(command as 'apt-get', hook);
      await failing(host);
      expect(await host.verdict('worker')).toMatchObject({ step, rc, reason: reason.replace('\t', ' ') });
      expect((await host.begun('worker')).at(-1)).toBe(step);
      expect(await host.held()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
    },
  );

  test.each([
    [
      'apt offers another version only',
      { TO: 'v1.37.9' },
      'apt offers no kubeadm 1.37.9; it offers: 1.37.2-1.1 1.37.1-1.1 1.36.3-1.1 ',
    ],
    [
      'the host is newer than the target',
      { TO: 'v1.36.3', newer: 'yes' },
      'kubeadm 1.36.4-1.1 is newer than 1.36.3-1.1; capstan never downgrades.',
    ],
  ])('%s: nothing is installed', async (_what, { TO, ...more }, reason) => {
    const host = await on('worker');
    if ('newer' in more) await host.install('kubeadm', 'installed 1.36.4-1.1');
    await host.attach({ ...WORKER_KUBELET, TO });
    expect(await host.verdict('worker')).toMatchObject({ step: 'kubeadm', rc: 1, reason });
    expect((await host.calls()).filter(call => call.startsWith('apt-get install'))).toEqual([]);
  });

  test('a pre-release is asked for as Debian writes it', async () => {
    const host = await on('worker');
    await host.offer('kubeadm', '1.38.0~rc.1-1.1');
    await host.attach({ ...WORKER_KUBELET, TO: 'v1.38.0-rc.1' });
    expect(await host.calls()).toContain('apt-get install -s --no-remove kubeadm=1.38.0~rc.1-1.1');
  });

  test('an installation that would upgrade anything else is not begun', async () => {
    const host = await on('worker');
    await host.hook('apt-get', '[ "$2" != -s ] || echo "Inst containerd [1.7] (2.0 stable [amd64])"');
    await failing(host);
    expect(await host.verdict('worker')).toMatchObject({
      step: 'kubeadm',
      reason: 'installing kubeadm=1.37.2-1.1 would also upgrade: containerd. Upgrade those first, or hold them.',
    });
    expect(await host.held()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
    expect((await host.calls()).filter(call => call.startsWith('apt-get install -y'))).toEqual([]);
  });

  test('apt’s locks are waited for, whichever command meets them', async () => {
    const host = await on('worker');
    const once = 'once=$world/once-$name-$1; [ -e "$once" ] || { touch "$once"; echo "$message" >&2; exit 100; }';
    await host.hook('apt-get', `message="E: Could not get lock x. It is held by process 1 (apt-get)"; ${once}`);
    await host.hook('apt-mark', `message="dpkg: error: dpkg frontend lock was locked by another process"; ${once}`);
    const { code, output } = await host.attach(WORKER_KUBELET);
    expect(code).toBe(0);
    expect(output).toContain('waiting for the host’s own package management'.replace('’', "'"));
  });

  test.each([
    ['what a killed dpkg left is read back', 'half-configured 1.37.2-1.1'],
    ['a package that is only unpacked is not taken for installed', 'unpacked 1.37.2-1.1'],
  ])('%s', async (_what, state) => {
    const host = await on('worker');
    await host.install('kubelet', state);
    await host.put('var/lib/dpkg/updates/0001', '');
    expect((await host.attach(WORKER_KUBELET)).code).toBe(0);
    const calls = await host.calls();
    expect(calls).toContain('dpkg --configure -a');
    expect(calls.some(call => /^apt-get install -y .*kubelet=1.37.2-1.1/.test(call))).toBe(true);
  });

  test('images that cannot be pulled ahead are a warning', async () => {
    const host = await on('control-plane');
    await host.hook('kubeadm', '[ "$1" != config ] || exit 1');
    const { code, output } = await host.attach(FIRST_CONTROL_PLANE);
    expect(code).toBe(0);
    expect(output).toContain('warning: the images could not be pulled ahead');
  });

  test('without a snapshot of etcd kubeadm is not let at it', async () => {
    const host = await on('control-plane');
    await host.hook(
      'kubectl',
      'case "$*" in *"snapshot save"*) echo "error: unable to upgrade connection"; exit 1 ;; esac',
    );
    expect((await host.attach(FIRST_CONTROL_PLANE)).code).toBe(1);
    expect(await host.verdict('first')).toMatchObject({ step: 'backup', reason: 'unable to upgrade connection' });
    expect((await host.calls()).filter(call => call.startsWith('kubeadm upgrade'))).toEqual([]);
  });

  test('a manifest that does not name the version fails the verification', async () => {
    const host = await on('control-plane');
    await host.hook('kubeadm', '[ "$2" != apply ] || exit 0');
    await host.attach(FIRST_CONTROL_PLANE);
    expect(await host.verdict('first')).toMatchObject({
      step: 'verify',
      rc: 1,
      reason: expect.stringContaining('the static pod manifest of kube-apiserver does not name v1.37.2'),
    });
  });
});
