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
  it.each<[string, KubernetesVersion]>([
    ['v1.36.2', version(36, 2)],
    ['1.36.2', version(36, 2)],
    [' v1.36.2\n', version(36, 2)],
    ['v1.36.0-rc.1', version(36, 0, { prerelease: 'rc.1' })],
    ['v1.36.0-alpha.12', version(36, 0, { prerelease: 'alpha.12' })],
    ['v1.35.4+k3s1', version(35, 4, { vendor: 'k3s1' })],
    ['v1.35.4+rke2r1', version(35, 4, { vendor: 'rke2r1' })],
    ['v1.34.7-eks-1234567', version(34, 7, { vendor: 'eks-1234567' })],
    ['v1.37.1-gke.100', version(37, 1, { vendor: 'gke.100' })],
    ['v1.36.0-rc.1+k3s1', version(36, 0, { prerelease: 'rc.1', vendor: 'k3s1' })],
  ])('%j is read', (text, expected) => {
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
    '1.36.99999',
  ])('%j is none', text => {
    expect(parseVersion(text)).toBeUndefined();
  });

  const any = fc.record(
    {
      major: fc.nat(1),
      minor: fc.nat(2),
      patch: fc.nat(1),
      prerelease: fc.constantFrom('alpha.1', 'alpha.2', 'beta.0', 'rc.0', 'rc.10', 'rc.9'),
    },
    { requiredKeys: ['major', 'minor', 'patch'] },
  );

  it('that is written is read as the same', () => {
    fc.assert(fc.property(any, each => expect(parseVersion(formatVersion(each))).toEqual(each)));
  });

  it('has its place in one order with all others', () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
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
  it.each(['1.37', 'v1.37', ' 1.37 '])('is read from %j', text => {
    expect(parseMinor(text)).toEqual({ major: 1, minor: 37 });
  });

  it.each(['', '1', '1.37.0', '37', '1.x', '1.-1'])('is not read from %j', text => {
    expect(parseMinor(text)).toBeUndefined();
  });

  it('is written as people say it', () => {
    expect(formatMinor(version(37, 2))).toBe('1.37');
  });

  it('is so many minors from another, and worlds from another major', () => {
    expect(minorsBetween(version(37, 0), version(34, 9))).toBe(3);
    expect(minorsBetween(version(34, 9), version(37, 0))).toBe(-3);
    expect(minorsBetween({ major: 2, minor: 0 }, version(37, 0))).toBeGreaterThan(100);
  });
});
