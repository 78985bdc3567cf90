import * as fc from 'fast-check';
import {
  compareVersions,
  formatMinor,
  formatVersion,
  type KubernetesVersion,
  minorsBetween,
  parseMinor,
  parseVersion,
} from '../../../src/version/kubernetes-version.ts';

function version(minor: number, patch: number, more: Partial<KubernetesVersion> = {}): KubernetesVersion {
  return { major: 1, minor, patch, ...more };
}

describe('a version', () => {
  it.each<[string, string, KubernetesVersion]>([
    ['a tag', 'v1.36.2', version(36, 2)],
    ['a person', '1.36.2', version(36, 2)],
    ['stable.txt', ' v1.36.2\n', version(36, 2)],
    ['AKS, kubeadm, Talos', 'v1.34.10', version(34, 10)],
    ['a release candidate', 'v1.36.0-rc.1', version(36, 0, { prerelease: 'rc.1' })],
    ['a beta', 'v1.37.0-beta.0', version(37, 0, { prerelease: 'beta.0' })],
    ['an alpha', 'v1.36.0-alpha.12', version(36, 0, { prerelease: 'alpha.12' })],
    ['K3s', 'v1.35.4+k3s1', version(35, 4, { vendor: 'k3s1' })],
    ['a release candidate of K3s', 'v1.35.4-rc2+k3s1', version(35, 4, { prerelease: 'rc.2', vendor: 'k3s1' })],
    ['a release candidate below K3s', 'v1.36.0-rc.1+k3s1', version(36, 0, { prerelease: 'rc.1', vendor: 'k3s1' })],
    ['RKE2', 'v1.35.4+rke2r1', version(35, 4, { vendor: 'rke2r1' })],
    ['an image of RKE2', 'v1.35.4-rke2r1-build20260415', version(35, 4, { vendor: 'rke2r1-build20260415' })],
    ['k0s', 'v1.35.4+k0s', version(35, 4, { vendor: 'k0s' })],
    ['EKS', 'v1.34.7-eks-1234567', version(34, 7, { vendor: 'eks-1234567' })],
    ['EKS Distro', 'v1.34.7-eks-1-34-12', version(34, 7, { vendor: 'eks-1-34-12' })],
    ['GKE', 'v1.37.1-gke.100', version(37, 1, { vendor: 'gke.100' })],
    ['AKS with long-term support', 'v1.30.101-akslts', version(30, 101, { vendor: 'akslts' })],
    ['Tanzu', 'v1.33.1+vmware.1-fips', version(33, 1, { vendor: 'vmware.1-fips' })],
    ['OpenShift', 'v1.33.5+6abe8a1', version(33, 5, { vendor: '6abe8a1' })],
    ['IBM Cloud', 'v1.34.2+IKS', version(34, 2, { vendor: 'IKS' })],
    ['ACK', 'v1.33.1-aliyun.1', version(33, 1, { vendor: 'aliyun.1' })],
    ['TKE', 'v1.32.2-tke.5', version(32, 2, { vendor: 'tke.5' })],
    ['CCE', 'v1.31.6-r0-31.0.4', version(31, 6, { vendor: 'r0-31.0.4' })],
    ['a build between two tags', 'v1.36.3-15+0123abcdef', version(36, 3, { vendor: '15+0123abcdef' })],
    [
      'a build after an alpha',
      'v1.38.0-alpha.2.345+0a1b2c',
      version(38, 0, { prerelease: 'alpha.2', vendor: '345+0a1b2c' }),
    ],
    ['somebody whose name begins like a pre-release', 'v1.36.3-rcorp.1', version(36, 3, { vendor: 'rcorp.1' })],
    ['a build with changes', 'v1.36.3-dirty', version(36, 3, { vendor: 'dirty' })],
  ])('is read as %s writes it: %s', (_who, text, expected) => {
    expect(parseVersion(text)).toEqual(expected);
  });

  it.each([
    '',
    'v',
    '1',
    '1.36',
    '1.36.',
    '1.36.x',
    'v1.36.2.1',
    'vv1.36.2',
    '1.36.2-',
    '1.36.2+',
    '1.36.2 ;reboot',
    '1.36.2+$(reboot)',
    '1.36.99999',
    '1.036.2',
    '1.36.02',
    '-1.36.2',
    `1.36.2+${'a'.repeat(256)}`,
    'v1.36.0-rc',
    'v1.36.0-rc.',
    'v1.36.0-rc.x',
    'v1.36.0-RC1',
    'v1.36.0-beta+k3s1',
    'v1.36.0-alpha-1',
    'latest',
    'sha256:0123',
  ])('%j is none', text => {
    expect(parseVersion(text)).toBeUndefined();
  });

  const any = fc.record(
    {
      major: fc.nat(9999),
      minor: fc.nat(9999),
      patch: fc.nat(9999),
      prerelease: fc.tuple(fc.constantFrom('alpha', 'beta', 'rc'), fc.nat(999_999_999)).map(parts => parts.join('.')),
    },
    { requiredKeys: ['major', 'minor', 'patch'] },
  );

  it('that is written is read as the same', () => {
    fc.assert(fc.property(any, each => expect(parseVersion(formatVersion(each))).toEqual(each)));
  });

  it('is read from whatever is written, and writing that again changes nothing but the vendor', () => {
    const vendor = fc.constantFrom('', '+k3s1', '+rke2r2', '-eks-abc1234', '-gke.1080000', '+vmware.1-fips.1');
    fc.assert(
      fc.property(any, vendor, fc.boolean(), (each, suffix, bare) => {
        const text = `${formatVersion(each)}${suffix}`;
        const read = parseVersion(bare ? text.slice(1) : text);
        expect(read).toEqual(suffix === '' ? each : { ...each, vendor: suffix.slice(1) });
        expect(read && formatVersion(read)).toBe(formatVersion(each));
      }),
    );
  });

  const near = fc.record(
    {
      major: fc.nat(1),
      minor: fc.nat(2),
      patch: fc.nat(1),
      prerelease: fc.constantFrom('alpha.1', 'alpha.2', 'beta.0', 'rc.0', 'rc.10', 'rc.9'),
    },
    { requiredKeys: ['major', 'minor', 'patch'] },
  );

  it('has its place in one order with all others', () => {
    fc.assert(
      fc.property(near, near, near, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        expect(compareVersions(a, b) === 0).toBe(formatVersion(a) === formatVersion(b));
      }),
    );
  });

  it('is older than those that came after it, number by number and stage by stage', () => {
    const order = [
      '0.99.99',
      '1.9.11',
      '1.10.0-alpha.1',
      '1.10.0-beta.0',
      '1.10.0-rc.2',
      '1.10.0-rc.10',
      '1.10.0',
      '1.10.1-rc1+k3s1',
      '1.10.1',
      '1.10.10',
    ];
    const versions = order.flatMap(text => parseVersion(text) ?? []);
    expect([...versions].reverse().sort(compareVersions)).toEqual(versions);
    expect(versions).toHaveLength(order.length);
  });

  it('is neither older nor newer for the vendor that built it', () => {
    expect(compareVersions(version(36, 2, { vendor: 'k3s1' }), version(36, 2, { vendor: 'k3s2' }))).toBe(0);
    expect(formatVersion(version(36, 2, { vendor: 'k3s1' }))).toBe('v1.36.2');
  });
});

describe('a minor', () => {
  it.each(['1.37', 'v1.37', ' 1.37 ', '1.37+'])('is read from %j', text => {
    expect(parseMinor(text)).toEqual({ major: 1, minor: 37 });
  });

  it.each(['', '1', '1.37.0', '37', '1.x', '1.-1', '1.037', '1.37++'])('is not read from %j', text => {
    expect(parseMinor(text)).toBeUndefined();
  });

  it('is written as people say it', () => {
    expect(formatMinor(version(37, 2))).toBe('1.37');
  });

  it('is so many minors from another, and worlds from another major', () => {
    expect(minorsBetween(version(37, 0), version(34, 9))).toBe(3);
    expect(minorsBetween(version(34, 9), version(37, 0))).toBe(-3);
    expect(minorsBetween({ major: 2, minor: 0 }, version(9999, 0))).toBeGreaterThanOrEqual(1);
  });
});
