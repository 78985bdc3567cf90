import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostWork } from '../../src/app/driver-ports.ts';
import { jobManifest } from '../../src/kubernetes/driver/job-manifest.ts';
import { workKey } from '../../src/kubernetes/driver/job-names.ts';
import { readVerdict } from '../../src/kubernetes/driver/verdict.ts';
import {
  type Ended,
  FIRST_CONTROL_PLANE,
  StandInHost,
  UPGRADE_SH,
  WORKER_KUBELET,
} from '../support/host/stand-in-host.ts';

const OTHER_CONTROL_PLANE = { ...FIRST_CONTROL_PLANE, WORK_KEY: 'second', KUBEADM: 'node' };
const CONTROL_PLANE_KUBELET = { ...WORKER_KUBELET, WORK_KEY: 'cp-kubelet', KUBEADM: '' };
const WORKER_CONFIG = { ...WORKER_KUBELET, WORK_KEY: 'config', PHASE: 'config', KUBEADM: '' };
const LIST = 'etc/apt/sources.list.d/kubernetes.list';

/** Ends the unit and all its children as a power cut would, the first time that the command is called so. */
const powerCut = (call: string) => `
  if [ "$*" = "${call}" ] && [ ! -e "$world/cut" ]; then
    touch "$world/cut"
    kill -9 "-$(cat "$world"/units/*)"
    kill -9 0
  fi`;

let host: StandInHost;
let made: StandInHost | undefined;

async function on(role: 'control-plane' | 'worker'): Promise<void> {
  host = await StandInHost.create(role);
  made = host;
}

afterEach(async () => {
  await made?.destroy();
  made = undefined;
});

describe('the steps on a host', () => {
  test('the first control plane: its packages, images and backup before kubeadm plans and applies', async () => {
    await on('control-plane');
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
    await on('control-plane');
    expect((await host.attach(OTHER_CONTROL_PLANE)).code).toBe(0);
    const kubeadm = (await host.calls()).filter(call => call.startsWith('kubeadm upgrade'));
    expect(kubeadm).toEqual(['kubeadm upgrade node']);
  });

  test('a worker: the kubelet and kubectl at exactly the version, then the kubelet starts anew', async () => {
    await on('worker');
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
    await on('control-plane');
    expect((await host.attach(CONTROL_PLANE_KUBELET)).code).toBe(0);
    expect(await host.begun('cp-kubelet')).toEqual(['preflight', 'repository', 'kubelet', 'restart', 'verify']);
  });

  test('a worker whose kubelet skips a version: kubeadm alone, and nothing is restarted', async () => {
    await on('worker');
    expect((await host.attach(WORKER_CONFIG)).code).toBe(0);
    expect(await host.begun('config')).toEqual(['preflight', 'worker', 'repository', 'kubeadm', 'node', 'verify']);
    expect(await host.verdict('config')).toMatchObject({ phase: 'config', step: 'verify', rc: 0 });
    const calls = await host.calls();
    expect(calls).toContain('kubeadm upgrade node');
    expect(calls.filter(call => call.includes('kubelet') || call.startsWith('systemctl'))).toEqual([]);
    expect(await host.held()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
  });

  test('a control plane is refused where only a worker’s kubelet may wait, before anything is changed', async () => {
    await on('control-plane');
    expect((await host.attach(WORKER_CONFIG)).code).toBe(1);
    expect(await host.verdict('config')).toMatchObject({
      step: 'worker',
      rc: 1,
      reason: 'this host carries a control plane: only workers may have their kubelet skip a version.',
    });
    expect((await host.calls()).filter(call => call.startsWith('kubeadm') || call.startsWith('apt'))).toEqual([]);
  });

  test('a kubelet may still be brought to a version that kubeadm has gone through before', async () => {
    await on('worker');
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
    await on('worker');
    for (const name of ['kubeadm', 'kubelet', 'kubectl']) await host.offer(name, '1.36.9-1.1');
    expect((await host.attach(WORKER_CONFIG)).code).toBe(0);
    await host.attach({ ...WORKER_KUBELET, WORK_KEY: 'older-kubelet', TO: 'v1.36.9' });
    expect(await host.verdict('older-kubelet')).toMatchObject({
      step: 'kubeadm',
      reason: 'kubeadm 1.37.2-1.1 is newer than 1.36.9-1.1; capstan never downgrades.',
    });
  });

  test('a host without kubectl stays without', async () => {
    await on('worker');
    await host.install('kubectl', undefined);
    expect((await host.attach(WORKER_KUBELET)).code).toBe(0);
    expect((await host.calls()).filter(call => call.includes('kubectl'))).toEqual([]);
  });

  test('every kubeadm command is told which preflight errors to ignore', async () => {
    await on('control-plane');
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
    await on('control-plane');
    await host.attach(FIRST_CONTROL_PLANE);
    const backup = 'var/lib/capstan/work/first/backup';
    expect(await host.read(`${backup}/kubernetes/manifests/kube-apiserver.yaml`)).toContain('v1.36.3');
    expect(host.has(`${backup}/kubernetes/tmp`)).toBe(false);
    expect(await host.read(`${backup}/etcd.db`)).toBe('all of etcd\n');
    expect(host.has('var/lib/etcd/capstan-snapshot.db')).toBe(false);
  });
});

describe('package repositories', () => {
  const base = 'https://packages.example.com/core:/stable:';

  test.each([
    ['a one-line list', 'k.list', `deb [arch=amd64] ${base}/v1.36/deb/ /`, `deb [arch=amd64] ${base}/v1.37/deb/ /`],
    ['a list without the last slash', 'k.list', `deb ${base}/v1.36/deb /`, `deb ${base}/v1.37/deb /`],
    [
      'a deb822 file',
      'k.sources',
      `Types: deb\nURIs: ${base}/v1.36/deb/\nSuites: /`,
      `Types: deb\nURIs: ${base}/v1.37/deb/\nSuites: /`,
    ],
    [
      'two addresses in a line',
      'k.sources',
      `URIs: ${base}/v1.36/deb/ ${base}/v1.35/deb/`,
      `URIs: ${base}/v1.37/deb/ ${base}/v1.37/deb/`,
    ],
    [
      'a comment beside it',
      'k.list',
      `# deb ${base}/v1.30/deb/ /\ndeb ${base}/v1.36/deb/ /`,
      `# deb ${base}/v1.30/deb/ /\ndeb ${base}/v1.37/deb/ /`,
    ],
    [
      'another repository beside it',
      'k.list',
      `deb https://example.com/v1.36/debian/ /\ndeb ${base}/v1.36/deb/ /`,
      `deb https://example.com/v1.36/debian/ /\ndeb ${base}/v1.37/deb/ /`,
    ],
  ])('%s is led to the new minor', async (_what, file, before, after) => {
    await on('worker');
    await host.put(LIST, '');
    await host.put(`etc/apt/sources.list.d/${file}`, `${before}\n`);
    expect((await host.step('repository', WORKER_KUBELET)).code).toBe(0);
    expect(await host.read(`etc/apt/sources.list.d/${file}`)).toBe(`${after}\n`);
    expect(await host.read(`${file}.before`)).toBe(`${before}\n`);
    expect((await host.calls()).filter(call => call.startsWith('apt-get update'))).toHaveLength(1);
  });

  test.each([
    ['names no Kubernetes', 'deb https://deb.example.com/debian bookworm main'],
    ['has the old minor only in a comment', `# deb ${base}/v1.36/deb/ /`],
    ['has a mirror with one repository for all minors', 'deb https://mirror.example.com/kubernetes/ /'],
  ])('a list that %s stays as it is, and apt is asked for what it knows', async (_what, line) => {
    await on('worker');
    await host.put(LIST, `${line}\n`);
    const ended = await host.step('repository', WORKER_KUBELET);
    expect(ended.code).toBe(0);
    expect(ended.output).toContain('warning: no repository of a single minor');
    expect(await host.read(LIST)).toBe(`${line}\n`);
    expect(await host.calls()).toContain('apt-get update -o Acquire::Retries=3');
  });

  test('a host that has the new repository already keeps all its lists', async () => {
    await on('worker');
    const before = await host.read(LIST);
    await host.put('etc/apt/sources.list.d/next.sources', `URIs: ${base}/v1.37/deb/\n`);
    expect((await host.step('repository', WORKER_KUBELET)).code).toBe(0);
    expect(await host.read(LIST)).toBe(before);
  });
});

describe('what goes wrong', () => {
  const failing = async (): Promise<Ended> => {
    const ended = await host.attach(WORKER_KUBELET);
    expect(ended.code).toBe(1);
    return ended;
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
      await on('worker');
      await host.hook(command as 'apt-get', hook);
      await failing();
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
    await on('worker');
    if ('newer' in more) await host.install('kubeadm', 'installed 1.36.4-1.1');
    await host.attach({ ...WORKER_KUBELET, TO });
    expect(await host.verdict('worker')).toMatchObject({ step: 'kubeadm', rc: 1, reason });
    expect((await host.calls()).filter(call => call.startsWith('apt-get install'))).toEqual([]);
  });

  test('a pre-release is asked for as Debian writes it', async () => {
    await on('worker');
    await host.offer('kubeadm', '1.38.0~rc.1-1.1');
    await host.attach({ ...WORKER_KUBELET, TO: 'v1.38.0-rc.1' });
    expect(await host.calls()).toContain('apt-get install -s --no-remove kubeadm=1.38.0~rc.1-1.1');
  });

  test('an installation that would upgrade anything else is not begun', async () => {
    await on('worker');
    await host.hook('apt-get', '[ "$2" != -s ] || echo "Inst containerd [1.7] (2.0 stable [amd64])"');
    await failing();
    expect(await host.verdict('worker')).toMatchObject({
      step: 'kubeadm',
      reason: 'installing kubeadm=1.37.2-1.1 would also upgrade: containerd. Upgrade those first, or hold them.',
    });
    expect(await host.held()).toEqual(['kubeadm', 'kubectl', 'kubelet']);
    expect((await host.calls()).filter(call => call.startsWith('apt-get install -y'))).toEqual([]);
  });

  test('apt’s locks are waited for, whichever command meets them', async () => {
    await on('worker');
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
    await on('worker');
    await host.install('kubelet', state);
    await host.put('var/lib/dpkg/updates/0001', '');
    expect((await host.attach(WORKER_KUBELET)).code).toBe(0);
    const calls = await host.calls();
    expect(calls).toContain('dpkg --configure -a');
    expect(calls.some(call => /^apt-get install -y .*kubelet=1.37.2-1.1/.test(call))).toBe(true);
  });

  test('images that cannot be pulled ahead are a warning', async () => {
    await on('control-plane');
    await host.hook('kubeadm', '[ "$1" != config ] || exit 1');
    const { code, output } = await host.attach(FIRST_CONTROL_PLANE);
    expect(code).toBe(0);
    expect(output).toContain('warning: the images could not be pulled ahead');
  });

  test('without a snapshot of etcd kubeadm is not let at it', async () => {
    await on('control-plane');
    await host.hook(
      'kubectl',
      'case "$*" in *"snapshot save"*) echo "error: unable to upgrade connection"; exit 1 ;; esac',
    );
    expect((await host.attach(FIRST_CONTROL_PLANE)).code).toBe(1);
    expect(await host.verdict('first')).toMatchObject({ step: 'backup', reason: 'unable to upgrade connection' });
    expect((await host.calls()).filter(call => call.startsWith('kubeadm upgrade'))).toEqual([]);
  });

  test('a manifest that does not name the version fails the verification', async () => {
    await on('control-plane');
    await host.hook('kubeadm', '[ "$2" != apply ] || exit 0');
    await host.attach(FIRST_CONTROL_PLANE);
    expect(await host.verdict('first')).toMatchObject({
      step: 'verify',
      rc: 1,
      reason: expect.stringContaining('the static pod manifest of kube-apiserver does not name v1.37.2'),
    });
  });
});

describe('a work is done once', () => {
  test('whoever asks again for finished work gets its log and verdict, and nothing is started', async () => {
    await on('worker');
    await host.attach(WORKER_KUBELET);
    const before = await host.calls();
    const again = await host.attach(WORKER_KUBELET);
    expect(again.code).toBe(0);
    expect(again.output).toContain('[verify] done');
    expect(await host.calls()).toEqual(before);
  });

  test('two pods that attach at once start one unit, and both follow it to its verdict', async () => {
    await on('worker');
    // Long enough for the second to look before there is a unit to see.
    await host.hook('systemd-run', '/bin/sleep 0.3');
    const both = await Promise.all([host.attach(WORKER_KUBELET), host.attach(WORKER_KUBELET)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    for (const { output } of both) expect(output).toContain('[verify] done');
    expect((await host.calls()).filter(call => call.startsWith('systemd-run'))).toHaveLength(1);
  });

  test('work that was cut off begins again at the step it was in', async () => {
    await on('control-plane');
    await host.hook('kubeadm', powerCut('upgrade apply --yes v1.37.2'));
    const cut = await host.attach(FIRST_CONTROL_PLANE);
    expect(cut.code).toBe(75);
    expect(cut.output).toMatch(/ended without a verdict, at: \d+ begin apply/);
    const again = await host.attach(FIRST_CONTROL_PLANE);
    expect(again.code).toBe(0);
    expect(again.output).toContain('the work was interrupted in step apply, and begins there again');
    expect((await host.begun('first')).slice(6)).toEqual(['apply', 'apply', 'verify']);
    expect((await host.calls()).filter(call => call.startsWith('apt-get update'))).toHaveLength(1);
  });

  test('a step whose child was killed is not taken for done', async () => {
    await on('worker');
    // The step dies with its child, as under the OOM killer; the unit lives.
    await host.hook('kubeadm', 'kill -9 $PPID');
    expect((await host.attach(WORKER_KUBELET)).code).toBe(1);
    expect(await host.verdict('worker')).toMatchObject({ step: 'node', rc: 137 });
  });

  test('work that is cut off again and again is given up after three starts', async () => {
    await on('worker');
    await host.hook('kubeadm', powerCut('upgrade node').replace('[ ! -e "$world/cut" ]', 'true'));
    for (const code of [75, 75, 75, 1]) expect((await host.attach(WORKER_KUBELET)).code).toBe(code);
    expect(await host.verdict('worker')).toMatchObject({
      step: 'node',
      rc: 1,
      reason: 'The work was interrupted 3 times, the last time in step node.',
    });
    expect((await host.calls()).filter(call => call === 'kubeadm upgrade node')).toHaveLength(3);
  });

  test('a second work waits until the first has left the host', async () => {
    await on('control-plane');
    const [planning, goOn] = [await host.pipe('planning'), await host.pipe('go-on')];
    await host.hook('kubeadm', `[ "$2" != plan ] || { : >${planning}; cat ${goOn}; }`);
    const running = host.attach(FIRST_CONTROL_PLANE);
    await readFile(planning);
    const blocked = Promise.withResolvers<void>();
    const waiting = host.attach(CONTROL_PLANE_KUBELET, output => {
      if (output.includes('waiting for')) blocked.resolve();
    });
    await blocked.promise;
    await writeFile(goOn, '');
    const [first, second] = await Promise.all([running, waiting]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.output).toContain('waiting for run-1-h0-0-cp-1-1 to stop on this host');
    const calls = await host.calls();
    const lastOfFirst = calls.indexOf('kubeadm version -o short');
    expect(calls.indexOf('apt-mark unhold kubelet kubectl')).toBeGreaterThan(lastOfFirst);
  });
});

describe('settings', () => {
  let untouched: StandInHost;
  beforeAll(async () => {
    untouched = await StandInHost.create('control-plane');
  });
  afterAll(async () => await untouched.destroy());

  test.each([
    ['WORK_ID', ''],
    ['WORK_ID', 'a b'],
    ['WORK_ID', '-x'],
    ['WORK_KEY', '../../etc'],
    ['WORK_KEY', 'a/b'],
    ['WORK_KEY', `a${'b'.repeat(63)}`],
    ['NODE', 'cp-1;reboot'],
    ['NODE', 'cp-1\nreboot'],
    ['PHASE', 'kubele'],
    ['PHASE', 'control-plane|kubelet'],
    ['KUBEADM', 'reset'],
    ['KUBEADM', ''],
    ['FROM', 'v1.36'],
    ['TO', 'v1.37.2 --force'],
    ['TO', "v1.37.2'"],
    ['TO', 'v1.37.2\n'],
    ['TO', 'latest'],
    ['IGNORE_PREFLIGHT', 'all --force'],
    ['IGNORE_PREFLIGHT', '$(reboot)'],
  ])('%s=%j is refused before anything is touched', async (name, value) => {
    const ended = await untouched.attach({ ...FIRST_CONTROL_PLANE, [name]: value });
    expect(ended.code).toBe(1);
    expect(ended.output).toContain(`error: CAPSTAN_${name} is "${value}"; it must match`.split('\n')[0]);
    expect(await untouched.calls()).toEqual([]);
    expect(untouched.has('var/lib/capstan')).toBe(false);
  });
});

describe('the pod', () => {
  test('its termination message is the verdict', async () => {
    await on('worker');
    const { code, message } = await host.launch(WORKER_KUBELET);
    expect(code).toBe(0);
    expect(JSON.parse(message)).toEqual(await host.verdict('worker'));
  });

  test('what the driver’s Job says of a work is understood by the host, and its verdict by the driver', async () => {
    await on('worker');
    const work: HostWork = {
      id: 'run-1-h0-2-Worker_1.example-1',
      run: 'run-1',
      node: 'worker-1.example',
      phase: 'kubelet',
      kubeadm: undefined,
      from: { major: 1, minor: 36, patch: 3 },
      to: { major: 1, minor: 37, patch: 2 },
      ignorePreflightErrors: ['Swap'],
    };
    const job = jobManifest(work, { namespace: 'capstan-system', image: 'busybox' });
    const [container] = job.spec?.template.spec?.containers ?? [];
    const command = (container?.command ?? []).map(part => part.replaceAll('$$', '$'));
    const settings = (container?.env ?? []).map(({ name, value = '' }) => [name.replace('CAPSTAN_', ''), value]);
    const { code, message } = await host.runContainer(command, Object.fromEntries(settings));
    expect(code).toBe(0);
    expect(readVerdict(message, workKey(work))).toEqual({ step: 'verify', rc: 0, reason: '' });
  });

  test('a failed step ends it with 1 and the verdict', async () => {
    await on('worker');
    await host.hook('kubeadm', 'echo "error: no"; exit 7');
    const { code, message } = await host.launch(WORKER_KUBELET);
    expect(code).toBe(1);
    expect(JSON.parse(message)).toMatchObject({ work: WORKER_KUBELET.WORK_ID, step: 'node', rc: 7, reason: 'no' });
  });

  test('an interrupted unit leaves no message, so that nobody takes it for a verdict', async () => {
    await on('worker');
    await host.hook('kubeadm', powerCut('upgrade node'));
    expect(await host.launch(WORKER_KUBELET)).toMatchObject({ code: 75, message: '' });
    expect(await host.launch(WORKER_KUBELET)).toMatchObject({ code: 0 });
  });

  test('a host on which nothing can be started says so', async () => {
    await on('worker');
    await host.hook('systemd-run', 'echo "Failed to connect to bus"; exit 1');
    const { code, message, output } = await host.launch(WORKER_KUBELET);
    expect(code).toBe(1);
    expect(output).toContain('systemd-run could not start capstan-worker.service');
    expect(JSON.parse(message)).toMatchObject({ work: WORKER_KUBELET.WORK_ID, step: 'start', rc: 1 });
  });

  test('a host that is shutting down is no failure: the next pod begins after the boot', async () => {
    await on('worker');
    await host.hook('systemd-run', 'exit 1');
    await host.hook('systemctl', '[ "$1" != is-system-running ] || { echo stopping; exit 1; }');
    expect(await host.launch(WORKER_KUBELET)).toMatchObject({ code: 75, message: '' });
  });
});

test.each(['upgrade.sh', 'launch.sh'])('%s is understood by the shell', name => {
  execFileSync('/bin/sh', ['-n', join(UPGRADE_SH, '..', name)]);
});
