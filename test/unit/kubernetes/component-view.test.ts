import { componentView } from '../../../src/kubernetes/views/component-view.ts';
import type { WirePod } from '../../../src/kubernetes/views/wire.ts';

function systemPod(labels: Record<string, string>, image: string, more: Partial<WirePod> = {}): WirePod {
  return {
    metadata: { namespace: 'kube-system', name: 'x', labels },
    spec: { nodeName: 'cp-1', containers: [{ name: 'x', image }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    ...more,
  };
}

const staticPod = (component: string, image: string, more: Partial<WirePod> = {}) =>
  systemPod({ component, tier: 'control-plane' }, image, more);

describe('a component of the cluster', () => {
  it.each([
    ['kube-apiserver', 'registry.k8s.io/kube-apiserver:v1.36.3', 'v1.36.3', { major: 1, minor: 36, patch: 3 }],
    ['kube-scheduler', 'localhost:5000/kube-scheduler:v1.36.3@sha256:aa', 'v1.36.3', { major: 1, minor: 36, patch: 3 }],
    ['etcd', 'registry.k8s.io/etcd:3.6.8-0', '3.6.8-0', { major: 3, minor: 6, patch: 8, vendor: '0' }],
    [
      'kube-apiserver',
      'r/kube-apiserver:v1.35.4_k3s1',
      'v1.35.4_k3s1',
      { major: 1, minor: 35, patch: 4, vendor: 'k3s1' },
    ],
    ['kube-apiserver', 'r/kube-apiserver@sha256:aa', 'r/kube-apiserver@sha256:aa', undefined],
    ['kube-apiserver', 'localhost:5000/kube-apiserver', 'localhost:5000/kube-apiserver', undefined],
    ['kube-apiserver', 'r/kube-apiserver:latest', 'latest', undefined],
    ['kube-apiserver', '', '', undefined],
  ])('%s of image %s runs %s', (kind, image, text, version) => {
    expect(componentView(staticPod(kind, image))).toEqual({ kind, node: 'cp-1', text, version, ready: true });
  });

  it('is kube-proxy by its own label', () => {
    const pod = systemPod({ 'k8s-app': 'kube-proxy' }, 'registry.k8s.io/kube-proxy:v1.36.3');
    expect(componentView(pod)).toMatchObject({ kind: 'kube-proxy', text: 'v1.36.3' });
  });

  it.each([
    ['registry.k8s.io/provider-aws/cloud-controller-manager:v1.35.2', 'v1.35.2'],
    ['mcr.microsoft.com/oss/kubernetes/azure-cloud-controller-manager:v1.36.11', 'v1.36.11'],
    ['registry.k8s.io/cloud-pv-vsphere/cloud-provider-vsphere:v1.34.0@sha256:aa', 'v1.34.0'],
  ])('is a cloud controller manager by its image %s', (image, text) => {
    const pod = systemPod({ 'k8s-app': 'ccm' }, image);
    expect(componentView(pod)).toMatchObject({ kind: 'cloud-controller-manager', text, version: { major: 1 } });
  });

  it.each(['docker.io/hetznercloud/hcloud-cloud-controller-manager:v1.24.0', 'mirror/cloud-provider-gcp:v32.1.0'])(
    'is none by the image %s, which has versions of its own',
    image => {
      expect(componentView(systemPod({ 'k8s-app': 'ccm' }, image))).toBeUndefined();
    },
  );

  it('has the version of the container of its name, where others stand beside it', () => {
    const spec = {
      nodeName: 'cp-1',
      containers: [
        { name: 'konnectivity', image: 'k:v0.33.0' },
        { name: 'kube-apiserver', image: 'a:v1.36.3' },
      ],
    };
    expect(componentView(staticPod('kube-apiserver', '', { spec }))?.text).toBe('v1.36.3');
  });

  it('is not ready unless it says so', () => {
    expect(componentView(staticPod('etcd', 'etcd:3.6.8-0', { status: { phase: 'Running' } }))?.ready).toBe(false);
  });

  it.each<[string, WirePod]>([
    [
      'of another namespace',
      {
        ...staticPod('etcd', 'e:1'),
        metadata: { namespace: 'x', labels: { component: 'etcd', tier: 'control-plane' } },
      },
    ],
    ['without the labels', systemPod({}, 'kube-apiserver:v1.36.3')],
    ['of another component', staticPod('cloud-thing', 'c:v1.0.0')],
    ['that is over', staticPod('etcd', 'etcd:3.6.8-0', { status: { phase: 'Failed' } })],
    ['of which nothing is known', {}],
  ])('is no pod %s', (_, pod) => {
    expect(componentView(pod)).toBeUndefined();
  });
});
