import type { DeprecatedApiView, DeprecatedWriters } from '../../../../src/cluster/snapshot.ts';
import { cluster, component, controlPlane, NOW, staticPods, worker } from '../cluster-builder.ts';
import { findingsOf, found } from './found.ts';

const DAY = 24 * 3_600_000;
const NODES = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2')];

/** `cp-1`, or `cp-1!` for a member that is not ready. */
function withEtcd(...members: string[]) {
  const names = members.map(member => member.replace('!', ''));
  return cluster([...names.map(name => controlPlane(name, '1.36.2')), worker('w-1', '1.36.2')], {
    components: members.flatMap(member => {
      const name = member.replace('!', '');
      return [...staticPods(name, '1.36.2'), component('etcd', name, '3.6.8', { ready: name === member })];
    }),
  });
}

describe('the quorum of etcd while one member is away', () => {
  it.each<[string, string[], [string, string][]]>([
    ['three members', ['cp-1', 'cp-2', 'cp-3'], []],
    ['five members, one not ready', ['cp-1', 'cp-2', 'cp-3', 'cp-4', 'cp-5!'], []],
    [
      'three members, one not ready',
      ['cp-1', 'cp-2', 'cp-3!'],
      [
        [
          'block',
          'Only 2 of 3 etcd members are ready (cp-1, cp-2, cp-3, not ready): with one more away there would be no quorum.',
        ],
      ],
    ],
    [
      'five members, two not ready',
      ['cp-1', 'cp-2', 'cp-3', 'cp-4!', 'cp-5!'],
      [['block', expect.stringContaining('Only 3 of 5 etcd members are ready')]],
    ],
    [
      'four members, one not ready',
      ['cp-1', 'cp-2', 'cp-3', 'cp-4!'],
      [['block', expect.stringContaining('Only 3 of 4')]],
    ],
    [
      'two members',
      ['cp-1', 'cp-2'],
      [['warn', expect.stringContaining('etcd has two members (cp-1, cp-2): while either is away')]],
    ],
    [
      'a single member',
      ['cp-1'],
      [['warn', 'etcd has a single member (cp-1): while that is replaced nobody can reach the API.']],
    ],
  ])('with %s', (_what, members, expected) => {
    expect(found('ETCD_QUORUM', withEtcd(...members))).toEqual(expected);
  });

  it('is not told where etcd runs elsewhere', () => {
    expect(found('ETCD_EXTERNAL', cluster(NODES))).toEqual([
      ['warn', expect.stringContaining('kubeadm does not upgrade it')],
    ]);
    expect(found('ETCD_EXTERNAL', withEtcd('cp-1'))).toEqual([]);
  });

  it('does not matter where the control plane stays as it is', () => {
    const nodes = [controlPlane('cp-1', '1.36.4'), worker('w-1', '1.36.2')];
    expect(found('ETCD_EXTERNAL', cluster(nodes), '1.36.4')).toEqual([]);
    expect(found('ETCD_QUORUM', cluster(nodes), '1.36.4')).toEqual([]);
  });
});

describe('the certificate that the API server shows', () => {
  it.each<[string, number | undefined, string[]]>([
    ['ends in a month and a day', NOW + 31 * DAY, []],
    ['was not seen', undefined, []],
    ['ends in a week', NOW + 7 * DAY, ['The certificate that the API server shows ends on 2026-12-01.']],
    ['has ended', NOW - DAY, ['The certificate that the API server shows ends on 2026-11-23.']],
  ])('%s', (_what, servingCertificateEnds, sentences) => {
    const snapshot = { ...withEtcd('cp-1'), servingCertificateEnds };
    expect(found('CERTIFICATE_EXPIRES', snapshot)).toEqual(sentences.map(sentence => ['warn', sentence]));
  });

  it('is said not to have been seen where it was not', () => {
    const of = (servingCertificateEnds: number | undefined) =>
      findingsOf({ ...withEtcd('cp-1'), servingCertificateEnds }).find(({ code }) => code === 'CERTIFICATE_EXPIRES');
    expect(of(undefined)).toMatchObject({ severity: 'ok', sentence: expect.stringContaining('was not seen') });
    expect(of(NOW + 90 * DAY)).toMatchObject({
      severity: 'ok',
      sentence: expect.stringContaining('does not end soon'),
    });
  });

  it('is renewed by kubeadm only where the control plane is upgraded', () => {
    const remedy = (...input: Parameters<typeof findingsOf>) =>
      findingsOf(...input).find(({ code }) => code === 'CERTIFICATE_EXPIRES')?.remedy;
    const soon = { servingCertificateEnds: NOW };
    expect(remedy({ ...withEtcd('cp-1'), ...soon })).toMatch(/^kubeadm renews/);
    const half = cluster([controlPlane('cp-1', '1.36.4'), worker('w-1', '1.36.2')], soon);
    expect(remedy(half, '1.36.4')).toMatch(/^Run `kubeadm certs renew all`/);
  });
});

describe('a deprecated API in use', () => {
  const seen: DeprecatedWriters = {
    kind: 'seen',
    writers: [
      { object: 'office', manager: 'helm' },
      { object: 'home', manager: 'kubectl-create' },
    ],
    complete: true,
  };
  const api = (more: Partial<DeprecatedApiView> = {}): DeprecatedApiView => ({
    group: 'networking.k8s.io',
    version: 'v1beta1',
    resource: 'servicecidrs',
    removedIn: { major: 1, minor: 37 },
    writers: seen,
    ...more,
  });
  const using = (...deprecatedApis: DeprecatedApiView[]) => cluster(NODES, { deprecatedApis });

  it('that the plan removes is named, with its objects and who wrote them', () => {
    expect(found('DEPRECATED_API', using(api()), '1.37')).toEqual([
      [
        'warn',
        'Somebody uses servicecidrs in networking.k8s.io/v1beta1, which 1.37 no longer serves: last written in it are ' +
          'home (by kubectl-create), office (by helm).',
      ],
    ]);
  });

  it('that the plan keeps does not matter', () => {
    expect(found('DEPRECATED_API', using(api()), 'patch')).toEqual([]);
    expect(found('DEPRECATED_API', using(api({ removedIn: { major: 1, minor: 38 } })), '1.37')).toEqual([]);
  });

  it.each<[string, DeprecatedWriters, string]>([
    [
      'that is only read',
      { kind: 'seen', writers: [], complete: true },
      'no object was last written in it, so it was read',
    ],
    [
      'of which not all objects were read',
      { kind: 'seen', writers: [], complete: false },
      'no object was last written in it among those looked through, so it was read',
    ],
    [
      'whose objects nobody lets us list',
      { kind: 'unseen', why: 'its objects may not be listed' },
      'who does could not be told, because its objects may not be listed',
    ],
  ])('%s', (_what, writers, words) => {
    expect(found('DEPRECATED_API', using(api({ writers })), '1.37')).toEqual([
      ['warn', `Somebody uses servicecidrs in networking.k8s.io/v1beta1, which 1.37 no longer serves: ${words}.`],
    ]);
  });

  it('of which not all objects were read is used by at least so many of them', () => {
    const writers = [
      { object: 'office', manager: 'helm' },
      { object: 'office', manager: 'kubectl' },
      { object: 'home', manager: 'helm' },
    ];
    const [[, sentence] = []] = found(
      'DEPRECATED_API',
      using(api({ writers: { kind: 'seen', writers, complete: false } })),
      '1.37',
    );
    expect(sentence).toMatch(
      /: last written in it are at least 2 objects among those looked through, and perhaps more: home \(by helm\), office/,
    );
  });

  it('whose objects nobody lets us list comes with the right to grant', () => {
    const lacks = { verb: 'list', resource: 'servicecidrs.networking.k8s.io' };
    const writers = { kind: 'unseen', why: 'its objects may not be listed', lacks } as const;
    const [finding] = findingsOf(using(api({ writers })), '1.37').filter(({ code }) => code === 'DEPRECATED_API');
    expect(finding?.remedy).toContain('--verb=list --resource=servicecidrs.networking.k8s.io`');
  });

  it('is named once for each API, and of many writers some', () => {
    const writers = Array.from({ length: 9 }, (_, n) => ({ object: `cidr-${n}`, manager: 'helm' }));
    const many = api({ writers: { kind: 'seen', writers, complete: true } });
    const found_ = found('DEPRECATED_API', using(many, api({ resource: 'ipaddresses' })), '1.37');
    expect(found_).toHaveLength(2);
    expect(found_[1]?.[1]).toMatch(/cidr-4 \(by helm\) and 4 more\.$/);
  });
});

describe('add-ons that kubeadm does not upgrade', () => {
  const addons = [
    { kind: 'network', image: 'calico/node', version: 'v3.31.0' },
    { kind: 'ingress', image: 'traefik', version: 'v3.6.0' },
  ] as const;

  it('are listed with their versions where the minor changes', () => {
    expect(found('ADDONS_STAY', cluster(NODES, { addons }), '1.37')).toEqual([
      ['warn', 'kubeadm does not upgrade calico/node v3.31.0 (network), traefik v3.6.0 (ingress).'],
    ]);
    expect(found('ADDONS_STAY', cluster(NODES, { addons }), 'patch')).toEqual([]);
    expect(found('ADDONS_STAY', cluster(NODES), '1.37')).toEqual([]);
  });
});
