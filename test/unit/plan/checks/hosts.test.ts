import { readFileSync } from 'node:fs';
import type { NodeView } from '../../../../src/cluster/snapshot.ts';
import { NO_POLICY } from '../../../../src/policy/settings.ts';
import { HOST_REQUIREMENTS } from '../../../../src/version/requirements.ts';
import { cluster, controlPlane, pod, worker } from '../cluster-builder.ts';
import { findingsOf, found } from './found.ts';

describe('what a kubelet needs of its host', () => {
  const at = (version: string, more: Partial<NodeView>) =>
    cluster([controlPlane('cp-1', version), worker('w-1', version, more)]);
  /** The calendar knows no 1.38; a control plane that runs it does. */
  const behind = (more: Partial<NodeView>) => cluster([controlPlane('cp-1', '1.38.0'), worker('w-1', '1.37.2', more)]);

  it.each<[string, string, Partial<NodeView>, string, [string, string][]]>([
    [
      'containerd 1.7 where it is no longer supported',
      '1.35.4',
      { containerRuntime: 'containerd://1.7.24-eks-1' },
      '1.36',
      [['warn', 'The kubelet of 1.36 and later is not supported with containerd older than 2.0: w-1 (1.7.24-eks-1).']],
    ],
    [
      'containerd 1.7 that runs such a kubelet already',
      '1.36.2',
      { containerRuntime: 'containerd://1.7.28' },
      '1.37',
      [],
    ],
    [
      'containerd 1.7 for a kubelet that supports it',
      '1.34.3',
      { containerRuntime: 'containerd://1.7.28' },
      '1.35',
      [],
    ],
    [
      'containerd 1.5',
      '1.25.9',
      { containerRuntime: 'containerd://1.5.9' },
      '1.26',
      [['block', 'The kubelet of 1.26 and later does not start with containerd older than 1.6: w-1 (1.5.9).']],
    ],
    ['CRI-O, of which nothing is known', '1.35.4', { containerRuntime: 'cri-o://1.29.1' }, '1.36', []],
    ['a runtime that is not told', '1.35.4', { containerRuntime: '' }, '1.36', []],
  ])('%s', (_what, version, more, target, expected) => {
    expect(found('RUNTIME_TOO_OLD', at(version, more), target)).toEqual(expected);
  });

  it.each<[string, string, string, string, string | undefined]>([
    ['CRI-O of an older minor', '1.35.4', 'cri-o://1.35.9', '1.36', 'w-1 (cri-o://1.35.9)'],
    ['CRI-O of the minor that the plan leads to', '1.35.4', 'cri-o://1.36.1', '1.36', undefined],
    ['CRI-O where no kubelet changes its minor', '1.35.4', 'cri-o://1.34.2', '1.35', undefined],
    ['Docker', '1.35.4', 'docker://28.1.0', '1.36', 'w-1 (docker://28.1.0)'],
    ['containerd', '1.35.4', 'containerd://2.1.0', '1.36', undefined],
    ['none that is told', '1.35.4', '', '1.36', undefined],
  ])('may be more than is known here: %s', (_what, version, containerRuntime, target, told) => {
    expect(found('RUNTIME_UNKNOWN', at(version, { containerRuntime }), target)).toEqual(
      told === undefined
        ? []
        : [['warn', `What the kubelet of 1.36 needs of these container runtimes is not known here: ${told}.`]],
    );
  });

  it('is containerd 2 for a kubelet that starts with no other', () => {
    expect(found('RUNTIME_TOO_OLD', behind({ containerRuntime: 'containerd://2.2.1' }), '1.38.0')).toEqual([]);
    expect(found('RUNTIME_TOO_OLD', behind({ containerRuntime: 'containerd://1.7.28' }), '1.38.0')).toEqual([
      ['block', 'The kubelet of 1.38 and later does not start with containerd older than 2.0: w-1 (1.7.28).'],
    ]);
  });

  it.each<[string, Partial<NodeView>, string[]]>([
    ['an old kernel', { kernel: '4.18.0-553.el8.x86_64' }, ['w-1 (4.18.0-553.el8.x86_64)']],
    ['a new kernel', { kernel: '5.14.0-427.el9.x86_64' }, []],
    ['no kernel that is told', { kernel: '' }, []],
    ['Windows', { kernel: '10.0.20348.2', os: 'windows' }, []],
  ])('%s', (_what, more, names) => {
    expect(found('KERNEL_TOO_OLD', at('1.34.3', more), '1.35')).toEqual(
      names.map(name => [
        'warn',
        `The kubelet of 1.35 and later is not supported with a kernel older than 5.8: ${name}.`,
      ]),
    );
  });

  it('is asked only of nodes whose kubelet the plan upgrades', () => {
    const old = { containerRuntime: 'containerd://1.5.9' };
    const nodes = [controlPlane('cp-1', '1.26.2'), worker('w-1', '1.26.2', old), worker('w-2', '1.25.9', old)];
    expect(found('RUNTIME_TOO_OLD', cluster(nodes), '1.26.3')).toEqual([
      ['block', expect.stringMatching(/older than 1\.6: w-2 \(1\.5\.9\)\.$/)],
    ]);
  });

  it.each(HOST_REQUIREMENTS.map(row => [`${row.what} from ${row.since.minor} on`, row.source] as const))(
    'is written down with its source: %s',
    (_what, source) => {
      expect(source).toMatch(/^https:\/\/(kubernetes\.io|github\.com\/kubernetes)\//);
    },
  );
});

describe('what only a host can answer', () => {
  const CODES = ['ETCD_MEMBERS', 'CERTIFICATE_FILES', 'MANIFESTS_EDITED', 'CGROUP_VERSION', 'DISK_SPACE'];
  const deferred =
    (...input: Parameters<typeof cluster>) =>
    (target: string) =>
      CODES.flatMap(code =>
        found(code, cluster(...input), target).map(([severity, sentence]) => [code, severity, sentence]),
      );

  it('is put off to the hosts that the plan touches', () => {
    const nodes = [controlPlane('cp-1', '1.34.3'), worker('w-1', '1.34.3'), worker('w-2', '1.34.3')];
    const put = deferred(nodes)('1.35');
    expect(put.map(([code, severity]) => `${code} ${severity}`)).toEqual(CODES.map(code => `${code} deferred`));
    expect(put.find(([code]) => code === 'CGROUP_VERSION')?.[2]).toBe(
      'Whether the host has the cgroup version that the kubelet needs is asked on 3 hosts, on each before it is touched.',
    );
    expect(put.find(([code]) => code === 'ETCD_MEMBERS')?.[2]).toMatch(
      /is asked on 1 host, on each before it is touched\.$/,
    );
  });

  it.each<[string, string[], RegExp[]]>([
    ['that nothing ignores', [], [/^Nothing to do now/, /^Nothing to do now/]],
    [
      'of which the policy has one ignored',
      ['Swap', 'DiskSpace'],
      [/Errors: DiskSpace\): make sure/, /^Nothing to do now/],
    ],
    ['of which the policy has all ignored', ['all'], [/Errors: all\): make sure/, /Errors: all\): make sure/]],
  ])('halts the run by an answer %s', (_what, ignorePreflightErrors, remedies) => {
    const policy = { ...NO_POLICY, driver: { ...NO_POLICY.driver, ignorePreflightErrors } };
    const findings = findingsOf(cluster([controlPlane('cp-1', '1.36.2')]), 'next', undefined, { policy });
    for (const [place, code] of ['DISK_SPACE', 'ETCD_MEMBERS'].entries())
      expect(findings.find(each => each.code === code)?.remedy).toMatch(remedies[place] ?? '');
  });

  it('has the name by which its host is asked', () => {
    const script = readFileSync(new URL('../../../../src/kubernetes/driver/host/upgrade.sh', import.meta.url), 'utf8');
    const policy = (name: string) => ({ ...NO_POLICY, driver: { ...NO_POLICY.driver, ignorePreflightErrors: [name] } });
    const asked = [...new Set([...script.matchAll(/^ *fault (\w+) /gm)].map(([, name = '']) => name))];
    const old = cluster([controlPlane('cp-1', '1.34.3')]);
    const ignored = asked.flatMap(name =>
      findingsOf(old, '1.35', undefined, { policy: policy(name) }).filter(({ remedy }) =>
        remedy.includes('make sure of it'),
      ),
    );
    expect(new Set(ignored.map(({ code }) => code))).toEqual(new Set(CODES));
  });

  it('is not asked where nothing depends on it', () => {
    const nodes = [controlPlane('cp-1', '1.36.4'), worker('w-1', '1.36.2')];
    expect(deferred(nodes)('1.36.4').map(([code]) => code)).toEqual(['DISK_SPACE']);
  });
});

describe('a static pod', () => {
  it('on a worker is warned about, on a control plane it is as it should be', () => {
    const nodes = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2')];
    const pods = [pod('proxy-w-1', 'w-1', { mirror: true }), pod('vip-cp-1', 'cp-1', { mirror: true })];
    expect(found('STATIC_POD_ON_WORKER', cluster(nodes, { pods }))).toEqual([
      [
        'warn',
        'No drain moves 1 static pod of workers, and the new kubelet may restart them: default/proxy-w-1 on w-1.',
      ],
    ]);
    expect(found('STATIC_POD_ON_WORKER', cluster(nodes, { pods: pods.slice(1) }))).toEqual([]);
  });
});
