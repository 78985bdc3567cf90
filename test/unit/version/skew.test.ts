import { findSkew, type RunningComponent } from '../../../src/version/skew.ts';
import { version } from '../plan/cluster-builder.ts';

function running(kind: string, node: string, text: string): RunningComponent {
  return { kind, node, version: version(text) };
}

describe('the version-skew policy', () => {
  it.each([
    // what runs, allowed?
    ['apiservers of one minor', ['kube-apiserver cp-1 1.36.2', 'kube-apiserver cp-2 1.36.4'], true],
    ['apiservers one minor apart', ['kube-apiserver cp-1 1.36.2', 'kube-apiserver cp-2 1.37.0'], true],
    ['apiservers two minors apart', ['kube-apiserver cp-1 1.35.2', 'kube-apiserver cp-2 1.37.0'], false],
    ['a scheduler one minor older', ['kube-apiserver cp-1 1.36.2', 'kube-scheduler cp-1 1.35.0'], true],
    ['a scheduler two minors older', ['kube-apiserver cp-1 1.36.2', 'kube-scheduler cp-1 1.34.0'], false],
    ['a scheduler that is newer', ['kube-apiserver cp-1 1.36.2', 'kube-scheduler cp-1 1.37.0'], false],
    [
      'a controller manager newer than another node apiserver but not its own',
      ['kube-apiserver cp-1 1.36.2', 'kube-apiserver cp-2 1.37.0', 'kube-controller-manager cp-2 1.37.0'],
      true,
    ],
    ['a kubelet three minors older', ['kube-apiserver cp-1 1.37.2', 'kubelet w-1 1.34.9'], true],
    ['a kubelet four minors older', ['kube-apiserver cp-1 1.37.2', 'kubelet w-1 1.33.9'], false],
    ['a kubelet newer by a minor', ['kube-apiserver cp-1 1.36.4', 'kubelet w-1 1.37.0'], false],
    ['a kubelet newer by a patch only', ['kube-apiserver cp-1 1.36.2', 'kubelet w-1 1.36.4'], true],
    [
      'a kubelet newer than the oldest of two apiservers',
      ['kube-apiserver cp-1 1.36.4', 'kube-apiserver cp-2 1.37.0', 'kubelet w-1 1.37.0'],
      false,
    ],
    ['a kubelet below 1.25 two minors older', ['kube-apiserver cp-1 1.26.0', 'kubelet w-1 1.24.0'], true],
    ['a kubelet below 1.25 three minors older', ['kube-apiserver cp-1 1.27.0', 'kubelet w-1 1.24.0'], false],
    ['a kubelet of 1.25 three minors older', ['kube-apiserver cp-1 1.28.0', 'kubelet w-1 1.25.0'], true],
    ['a kube-proxy three minors older', ['kube-apiserver cp-1 1.37.2', 'kube-proxy w-1 1.34.0'], true],
    ['a kube-proxy four minors older', ['kube-apiserver cp-1 1.37.2', 'kube-proxy w-1 1.33.0'], false],
    ['a kube-proxy that is newer', ['kube-apiserver cp-1 1.36.2', 'kube-proxy w-1 1.37.0'], false],
    [
      'a kube-proxy three minors ahead of its kubelet',
      ['kube-apiserver cp-1 1.37.2', 'kube-proxy w-1 1.37.0', 'kubelet w-1 1.34.0'],
      true,
    ],
    ['etcd, which has versions of its own', ['kube-apiserver cp-1 1.37.2', 'etcd cp-1 3.6.8'], true],
    ['a kubelet with no apiserver in sight', ['kubelet w-1 1.20.0'], true],
  ])('%s', (_what, texts, allowed) => {
    const components = texts.map(text => {
      const [kind = '', node = '', ver = ''] = text.split(' ');
      return running(kind, node, ver);
    });
    expect(findSkew(components).length === 0).toBe(allowed);
  });

  it('names the same one of several equals, in whichever order they come', () => {
    const components = [
      running('kube-apiserver', 'cp-1', '1.36.2'),
      running('kube-apiserver', 'cp-2', '1.36.2'),
      running('kubelet', 'w-1', '1.37.0'),
    ];
    const [found] = findSkew(components);
    expect(findSkew(components.toReversed())).toEqual([found]);
    expect(found?.against.node).toBe('cp-1');
  });

  it('names component, node and both versions', () => {
    const found = findSkew([running('kube-apiserver', 'cp-1', '1.37.2'), running('kubelet', 'w-1', '1.33.9')]);
    expect(found.map(({ sentence }) => sentence)).toEqual([
      'kubelet on w-1 (v1.33.9) is 4 minors older than kube-apiserver on cp-1 (v1.37.2): at most 3 minors are allowed.',
    ]);
  });
});
