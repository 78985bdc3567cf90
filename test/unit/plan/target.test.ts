import { formatVersion } from '../../../src/version/kubernetes-version.ts';
import { cluster, component, controlPlane, outline, plan, planned, staticPods, worker } from './cluster-builder.ts';

const PRESENT = cluster([controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4')]);
const WORKS = 'What would work: next (v1.36.4), patch (v1.35.9), latest (v1.37.2).';

describe('a target that does not exist', () => {
  it.each([
    [
      '1.38',
      '1.38 is not released yet (as of 2026-11-23): it is announced for 2026-12-16.',
      'The nearest that exists is v1.37.2.',
    ],
    [
      '1.39',
      '1.39 does not exist: the newest minor is 1.37 (as of 2026-11-23).',
      'The nearest that exists is v1.37.2.',
    ],
    [
      '1.38.1',
      '1.38 is not released yet (as of 2026-11-23): it is announced for 2026-12-16.',
      'The nearest that exists is v1.37.2.',
    ],
    ['1.9', '1.9 is older than this calendar goes, which begins with 1.10.', 'The nearest that exists is v1.10.13.'],
    [
      '1.36.99',
      'v1.36.99 does not exist: the newest patch of 1.36 is v1.36.4 (as of 2026-11-23).',
      'The nearest that exists is v1.36.4.',
    ],
    [
      '1.37.0-rc.1',
      'v1.37.0-rc.1 is a pre-release, which the repositories of stable packages do not have; v1.37.0 itself is out.',
      'The nearest that exists is v1.37.2.',
    ],
    [
      '1.38.0-alpha.2',
      'v1.38.0-alpha.2 is a pre-release, which the repositories of stable packages do not have; v1.38.0 is not out (as of 2026-11-23).',
      'The nearest that exists is v1.37.2.',
    ],
  ])('%s is refused with the reason, the nearest that exists, and what would work', (asked, sentence, nearest) => {
    expect(plan(PRESENT, asked)).toEqual({ kind: 'refused', sentence, instead: `${nearest} ${WORKS}` });
  });
});

describe('where nothing would work', () => {
  it.each<[string, 'workers' | undefined, string, string]>([
    [
      'workers that have caught up',
      'workers',
      '1.35.4',
      'are as new as the control plane, v1.35.4, and may not pass it.',
    ],
    ['a cluster at the newest', undefined, '1.37.2', 'This cluster already runs the newest version known, v1.37.2.'],
  ])('it is said of %s', (_what, only, text, words) => {
    const even = cluster([controlPlane('cp-1', text), worker('w-1', text)]);
    expect(plan(even, '9.9', only)).toMatchObject({ kind: 'refused', instead: expect.stringContaining(words) });
  });
});

describe('a target that exists', () => {
  it.each([
    ['a patch in between', '1.36.1', 'v1.36.1'],
    ['one with a vendor’s part, which names a build', '1.36.4+k3s1', 'v1.36.4'],
    ['the first patch of a minor', '1.36.0', 'v1.36.0'],
    ['a minor', '1.36', 'v1.36.4'],
    ['the next minor', 'next', 'v1.36.4'],
    ['the newest patch', 'patch', 'v1.35.9'],
    ['the newest minor', 'latest', 'v1.37.2'],
  ])('is taken as it is asked for: %s', (_what, asked, to) => {
    expect(formatVersion(planned(PRESENT, asked).to)).toBe(to);
  });

  it('is also a pre-release that a part of the cluster runs already', () => {
    const trying = cluster([controlPlane('cp-1', '1.38.0-rc.0'), worker('w-1', '1.37.2')]);
    expect(formatVersion(planned(trying, '1.38.0-rc.0').to)).toBe('v1.38.0-rc.0');
  });

  it('takes a cluster of a pre-release to the release', () => {
    const trying = cluster([controlPlane('cp-1', '1.37.0-rc.1'), worker('w-1', '1.37.0-rc.1')]);
    expect(planned(trying, 'patch')).toMatchObject({ to: { patch: 2 }, hops: [{ to: { patch: 2 } }] });
  });

  it('is no version of a cloud controller manager, whose patches are its own', () => {
    const components = [...staticPods('cp-1', '1.35.4'), component('cloud-controller-manager', 'cp-1', '1.36.77')];
    const odd = cluster([controlPlane('cp-1', '1.35.4')], { components });
    expect(formatVersion(planned(odd).to)).toBe('v1.36.4');
    expect(plan(odd, '1.36.77').kind).toBe('refused');
  });
});

describe('a cluster whose control plane runs a pre-release', () => {
  const tried = (controlPlaneVersion: string, workerVersion: string) =>
    cluster([controlPlane('cp-1', controlPlaneVersion), worker('w-1', workerVersion)]);

  it.each([
    [
      '1.36.0-rc.1',
      '1.36.0-rc.1',
      'next',
      [
        '1.36.4 control-plane/control-plane: cp-1*',
        '1.36.4 control-plane/kubelet: cp-1',
        '1.36.4 workers/kubelet: w-1',
      ],
    ],
    [
      '1.36.0-rc.1',
      '1.35.4',
      'next',
      [
        '1.36.4 control-plane/control-plane: cp-1*',
        '1.36.4 control-plane/kubelet: cp-1',
        '1.36.4 workers/kubelet: w-1',
      ],
    ],
    [
      '1.36.2',
      '1.36.0-rc.1',
      'next',
      [
        '1.36.4 control-plane/control-plane: cp-1*',
        '1.36.4 control-plane/kubelet: cp-1',
        '1.36.4 workers/kubelet: w-1',
      ],
    ],
    [
      '1.36.0-rc.1',
      '1.35.4',
      '1.37',
      [
        '1.36.4 control-plane/control-plane: cp-1*',
        '1.36.4 workers/kubelet: w-1',
        '1.37.2 control-plane/control-plane: cp-1*',
        '1.37.2 control-plane/kubelet: cp-1',
        '1.37.2 workers/kubelet: w-1',
      ],
    ],
  ])('%s, workers %s: %s leads over the release', (controlPlaneVersion, workerVersion, asked, works) => {
    expect(outline(planned(tried(controlPlaneVersion, workerVersion), asked))).toEqual(works);
  });

  it.each([
    ['next', undefined, 'Wait for the release, or name v1.38.0-rc.0 itself where your repository has it.'],
    ['latest', undefined, 'Wait for the release, or name v1.38.0-rc.0 itself where your repository has it.'],
    ['1.38', undefined, 'Wait for the release, or name v1.38.0-rc.0 itself where your repository has it.'],
    ['next', 'workers', 'Upgrade the control plane to a release first.'],
  ] as const)('%s (only %s) takes nobody to one whose release is not out', (asked, only, instead) => {
    expect(plan(tried('1.38.0-rc.0', '1.37.2'), asked, only)).toEqual({
      kind: 'refused',
      sentence: expect.stringMatching(
        /^A part of the cluster runs v1\.38\.0-rc\.0, a pre-release, which the repositories/,
      ),
      instead,
    });
  });

  it('takes workers to no pre-release of a control plane whose release is out', () => {
    expect(plan(tried('1.36.0-rc.1', '1.35.4'), 'next', 'workers')).toMatchObject({
      kind: 'refused',
      instead: 'Upgrade the control plane to a release first.',
    });
  });

  it('has nothing to do where all of it runs one whose release is not out', () => {
    for (const asked of ['next', 'patch', 'latest'])
      expect(plan(tried('1.38.0-rc.0', '1.38.0-rc.0'), asked)).toMatchObject({ kind: 'nothing-to-do' });
  });
});

it('1.10 to 1.13 is three hops', () => {
  const old = cluster([controlPlane('cp-1', '1.10.13'), worker('w-1', '1.10.13')]);
  expect(planned(old, '1.13').hops.map(({ from, to }) => `${formatVersion(from)} ${formatVersion(to)}`)).toEqual([
    'v1.10.13 v1.11.10',
    'v1.11.10 v1.12.10',
    'v1.12.10 v1.13.12',
  ]);
});
