import type { ClusterSnapshot, Component } from '../../../../src/cluster/snapshot.ts';
import { NO_POLICY } from '../../../../src/policy/settings.ts';
import { cluster, component, controlPlane, staticPods, worker } from '../cluster-builder.ts';
import { findingsOf, found } from './found.ts';

const CP = controlPlane('cp-1', '1.36.2');

describe('a version that cannot be read', () => {
  it.each<[string, Parameters<typeof cluster>, 'block' | 'unknown', string]>([
    [
      'of a kubelet',
      [[CP, worker('w-1', '1.36.2'), worker('w-2', 'banana', { kubeletText: 'banana' })]],
      'unknown',
      'The kubelet version of these nodes cannot be read: w-2 ("banana").',
    ],
    [
      'of a static pod',
      [[CP], { components: [...staticPods('cp-1', '1.36.2'), component('kube-scheduler', 'cp-1', 'latest')] }],
      'block',
      'The version of these components cannot be read: kube-scheduler on cp-1 ("latest").',
    ],
    [
      'of kube-proxy',
      [[CP], { components: [...staticPods('cp-1', '1.36.2'), component('kube-proxy', undefined, 'sha256:ab')] }],
      'unknown',
      'The version of these components cannot be read: kube-proxy ("sha256:ab").',
    ],
    [
      'of a kube-apiserver that nobody sees',
      [[CP, controlPlane('cp-2', '1.36.2')], { components: staticPods('cp-1', '1.36.2') }],
      'block',
      'No kube-apiserver pod is visible on the control-plane nodes cp-2, so its version is not known.',
    ],
  ])('%s stops the plan', (_what, snapshot, severity, sentence) => {
    expect(found('VERSION_UNREADABLE', cluster(...snapshot))).toEqual([[severity, sentence]]);
  });

  it('can be waived, unless it is of the control plane, whose versions decide the hops', () => {
    const policy = { ...NO_POLICY, waivable: ['VERSION_UNREADABLE'] };
    const odd = worker('w-1', 'banana', { kubeletText: 'banana' });
    const components = [...staticPods('cp-1', '1.36.2'), component('kube-apiserver', 'cp-1', 'latest')];
    const severities = (snapshot: ClusterSnapshot) =>
      found('VERSION_UNREADABLE', snapshot, 'next', undefined, { policy }).map(([severity]) => severity);
    expect(severities(cluster([CP, odd]))).toEqual(['warn']);
    expect(severities(cluster([CP, odd], { components }))).toEqual(['block', 'warn']);
  });

  it('comes with the forms that are read', () => {
    const odd = cluster([CP, worker('w-1', 'banana', { kubeletText: 'banana' })]);
    const [finding] = findingsOf(odd).filter(({ severity }) => severity === 'unknown');
    for (const form of ['v1.36.2', '-rc.1', '+k3s1', '+rke2r1', '-eks-', '-gke.'])
      expect(finding?.remedy).toContain(form);
  });

  it('of etcd does not matter: it has versions of its own', () => {
    const components: Component[] = [...staticPods('cp-1', '1.36.2'), component('etcd', 'cp-1', 'odd')];
    expect(found('VERSION_UNREADABLE', cluster([CP], { components }))).toEqual([]);
  });
});

describe('a version that is too old to be upgraded', () => {
  it.each([
    ['1.23.17', 1],
    ['1.24.0', 0],
    ['1.36.2', 0],
  ])('%s: %d', (text, count) => {
    expect(found('VERSION_TOO_OLD', cluster([controlPlane('cp-1', text)]))).toHaveLength(count);
  });

  it('can be planned, but not run', () => {
    expect(found('VERSION_TOO_OLD', cluster([controlPlane('cp-1', '1.22.17')]))).toEqual([
      ['block', expect.stringMatching(/^The cluster runs v1\.22\.17; runs need 1\.24 or newer/)],
    ]);
  });
});

describe('support that has ended', () => {
  it.each<[string, string, [string, string][]]>([
    ['1.36.2', '1.37', []],
    [
      '1.33.2',
      'next',
      [
        ['warn', 'The present minor 1.33 is no longer supported by the Kubernetes project since 2026-06-28.'],
        ['warn', 'The target 1.34 is no longer supported by the Kubernetes project since 2026-10-27.'],
      ],
    ],
    [
      '1.34.2',
      'next',
      [['warn', 'The present minor 1.34 is no longer supported by the Kubernetes project since 2026-10-27.']],
    ],
    [
      '1.34.2',
      'patch',
      [['warn', 'The target 1.34 is no longer supported by the Kubernetes project since 2026-10-27.']],
    ],
    [
      '1.32.4',
      '1.36',
      [
        [
          'warn',
          'On the way, 1.33, 1.34 are no longer supported by the Kubernetes project since 2026-06-28, 2026-10-27.',
        ],
        ['warn', 'The present minor 1.32 is no longer supported by the Kubernetes project since 2026-02-28.'],
      ],
    ],
    [
      '1.33.2',
      '1.36',
      [
        ['warn', 'On the way, 1.34 is no longer supported by the Kubernetes project since 2026-10-27.'],
        ['warn', 'The present minor 1.33 is no longer supported by the Kubernetes project since 2026-06-28.'],
      ],
    ],
  ])('from %s to %s', (from, to, expected) => {
    expect(found('SUPPORT_ENDED', cluster([controlPlane('cp-1', from)]), to)).toEqual(expected);
  });
});

describe('support that ends soon', () => {
  const at = (day: string) => ({ now: Date.parse(day) });

  it.each<[string, string, [string, string][]]>([
    ['2026-12-29', '1.35', []],
    ['2026-12-30', '1.35', [['warn', 'The target 1.35 is supported until 2027-02-28 only, for 60 more days.']]],
    ['2027-02-27', '1.35', [['warn', 'The target 1.35 is supported until 2027-02-28 only, for 1 more day.']]],
    ['2027-03-01', '1.35', []],
    ['2026-12-30', '1.36', []],
  ])('on %s, going to %s', (day, to, expected) => {
    const old = cluster([controlPlane('cp-1', '1.34.2')]);
    expect(found('SUPPORT_ENDS_SOON', old, to, undefined, at(day))).toEqual(expected);
  });
});

describe('a release calendar that is stale', () => {
  it('is warned about with its age, its date and where it comes from', () => {
    const now = Date.parse('2027-01-08');
    expect(found('CALENDAR_STALE', cluster([CP]), 'next', undefined, { now })).toEqual([
      [
        'warn',
        'What is known about releases is 46 days old (of 2026-11-23, by the example calendar): newer patches and minors may be out.',
      ],
    ]);
  });

  it('is not, for as long as hardly a patch can have been missed', () => {
    const now = Date.parse('2027-01-07');
    expect(found('CALENDAR_STALE', cluster([CP]), 'next', undefined, { now })).toEqual([]);
  });
});

describe('a release calendar that cannot be right', () => {
  it('because it is dated ahead of the clock is warned about, though it is not old', () => {
    const now = Date.parse('2026-08-15');
    expect(found('CALENDAR_STALE', cluster([CP]), 'next', undefined, { now })).toEqual([
      [
        'warn',
        'What is known about releases is dated 100 days ahead of today, 2026-08-15 (of 2026-11-23, by the example ' +
          'calendar): the clock or that date is wrong, so it cannot be told how old it is, nor which versions are still ' +
          'supported.',
      ],
    ]);
  });

  it('is not where it is one day ahead, as it may be where it was written', () => {
    const now = Date.parse('2026-11-22');
    expect(found('CALENDAR_STALE', cluster([CP]), 'next', undefined, { now })).toEqual([]);
  });

  it('because the cluster runs what it has never heard of is warned about, and nothing is said to be supported', () => {
    const ahead = cluster([controlPlane('cp-1', '1.39.2'), controlPlane('cp-2', '1.39.1')]);
    expect(found('CALENDAR_STALE', ahead, 'patch')).toEqual([
      [
        'warn',
        expect.stringContaining('The target 1.39 is newer than all that is known about releases, which ends with'),
      ],
    ]);
    const [support] = findingsOf(ahead, 'patch').filter(({ code }) => code === 'SUPPORT_ENDED');
    expect(support).toMatchObject({
      severity: 'ok',
      sentence: expect.stringMatching(/^Whether 1\.39 is supported is not/),
    });
  });
});

describe('skew that stands today', () => {
  const behind = cluster([CP, worker('w-1', '1.32.4')]);

  it('is only warned about where the plan ends it', () => {
    expect(found('SKEW_VIOLATED', behind, '1.36.2')).toEqual([
      ['warn', expect.stringMatching(/^kubelet on w-1 \(v1\.32\.4\) is 4 minors older than kube-apiserver on cp-1/)],
    ]);
  });

  it('stops a plan that leaves it there', () => {
    const left = cluster([CP, worker('w-1', '1.32.4', { ready: 'False' })]);
    expect(found('SKEW_VIOLATED', left, 'patch')).toEqual([['block', expect.stringContaining('kubelet on w-1')]]);
  });

  it('is named ten times at most, and then counted', () => {
    const workers = Array.from({ length: 14 }, (_, index) => worker(`w-${index}`, '1.32.4'));
    const sentences = found('SKEW_VIOLATED', cluster([CP, ...workers]), '1.36.2').map(([, sentence]) => sentence);
    expect(sentences).toHaveLength(10);
    const reversed = cluster([...workers.toReversed(), CP]);
    expect(found('SKEW_VIOLATED', reversed, '1.36.2').map(([, sentence]) => sentence)).toEqual(sentences);
    expect(sentences.filter(sentence => sentence.endsWith('There are 4 more of this kind.'))).toHaveLength(1);
  });

  it('of a cloud-controller-manager is the business of whoever installed it, since kubeadm does not upgrade it', () => {
    const cloud = (text: string) =>
      cluster([CP], {
        components: [...staticPods('cp-1', '1.36.2'), component('cloud-controller-manager', 'cp-1', text)],
      });
    const remedyOf = (text: string, asked: string) =>
      findingsOf(cloud(text), asked).find(({ code }) => code === 'SKEW_VIOLATED')?.remedy;
    const still =
      "kubeadm does not upgrade the cloud-controller-manager: do it yourself, by your cloud's add-on or manifest.";
    const install = 'Install its release for 1.36, then plan for 1.37 at most.';
    expect(remedyOf('1.34.1', 'patch')).toBe(`${still} ${install}`);
    expect(remedyOf('1.38.1', '1.37')).toBe(`${still} ${install}`);
    expect(remedyOf('1.37.1', '1.37')).toBe('This plan brings it back within the policy.');
  });

  it('of a kube-proxy is ended by an upgrade of kube-proxy, which takes no node along', () => {
    const proxied = (text: string) =>
      cluster([CP, worker('w-1', '1.35.4'), worker('w-2', '1.35.4')], {
        components: [...staticPods('cp-1', '1.36.2'), component('kube-proxy', 'w-1', text)],
      });
    const remedyOf = (text: string) =>
      findingsOf(proxied(text), '1.36.2', undefined, { asks: { nodes: ['w-2'] } }).find(
        ({ code }) => code === 'SKEW_VIOLATED',
      )?.remedy;
    expect(remedyOf('1.32.4')).toBe(
      'Bring kube-proxy to v1.36.2 first, and plan again. Where kubeadm keeps it, run kubeadm upgrade apply v1.36.2 once ' +
        'more on a control-plane node; else upgrade its add-on, or set the image of its DaemonSet to kube-proxy:v1.36.2.',
    );
    expect(remedyOf('1.37.0')).toMatch(/^Bring the nodes named within/);
  });

  it('is not there in a cluster within the policy', () => {
    const within = cluster([CP, worker('w-1', '1.33.4')]);
    expect(findingsOf(within, '1.36.2').find(({ code }) => code === 'SKEW_VIOLATED')?.severity).toBe('ok');
  });
});

describe('a kube-proxy that the last upgrade of the control plane left behind', () => {
  const left = (text: string) =>
    cluster([controlPlane('cp-1', '1.36.2'), worker('w-1', '1.35.4')], {
      components: [...staticPods('cp-1', '1.36.2'), component('kube-proxy', undefined, text)],
    });

  it('is told where the plan does not come back to the control plane, with what completes it', () => {
    expect(found('KUBE_PROXY_BEHIND', left('1.35.4'), '1.36.2')).toEqual([
      [
        'warn',
        expect.stringMatching(/^kube-proxy runs v1\.35\.4, and the control plane v1\.36\.2: .* leaves it so\.$/),
      ],
    ]);
    const [finding] = findingsOf(left('1.35.4'), '1.36.2').filter(({ code }) => code === 'KUBE_PROXY_BEHIND');
    expect(finding?.remedy).toContain('kubeadm upgrade apply v1.36.2 once more');
  });

  it('is not where it has the version, or gets it with the next one', () => {
    expect(found('KUBE_PROXY_BEHIND', left('1.36.2'), '1.36.2')).toEqual([]);
    expect(found('KUBE_PROXY_BEHIND', left('1.35.4'), '1.37')).toEqual([]);
  });
});
