import { type AddonView, addonOf } from '../../../src/cluster/addons.ts';

describe('an add-on is known by its image', () => {
  it.each<[string, AddonView['kind'], string, string]>([
    ['docker.io/calico/node:v3.31.0', 'network', 'calico/node', 'v3.31.0'],
    ['quay.io/cilium/cilium:v1.19.1@sha256:0123', 'network', 'cilium/cilium', 'v1.19.1'],
    ['ghcr.io/flannel-io/flannel:v0.27.4', 'network', 'flannel-io/flannel', 'v0.27.4'],
    ['kindest/kindnetd:v20260528', 'network', 'kindest/kindnetd', 'v20260528'],
    ['mirror.example.com:5000/k8s/calico/node:v3.31.0', 'network', 'k8s/calico/node', 'v3.31.0'],
    [
      'registry.k8s.io/provider-aws/aws-ebs-csi-driver:v1.50.0',
      'storage',
      'provider-aws/aws-ebs-csi-driver',
      'v1.50.0',
    ],
    ['quay.io/cephcsi/cephcsi:v3.15.0', 'storage', 'cephcsi/cephcsi', 'v3.15.0'],
    ['registry.k8s.io/ingress-nginx/controller:v1.14.0', 'ingress', 'ingress-nginx/controller', 'v1.14.0'],
    ['traefik', 'ingress', 'traefik', 'latest'],
    ['localhost/traefik@sha256:0123456789abcdef', 'ingress', 'traefik', 'sha256:0123456789ab'],
  ])('%s', (image, kind, path, version) => {
    expect(addonOf(image)).toEqual({ kind, image: path, version });
  });

  it.each([
    'registry.k8s.io/coredns/coredns:v1.14.2',
    'registry.k8s.io/kube-proxy:v1.36.3',
    'registry.k8s.io/sig-storage/csi-provisioner:v6.0.0',
    'registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.15.0',
    'registry.k8s.io/sig-storage/livenessprobe:v2.17.0',
    'registry.example.com/shop/storefront:5.2.0',
    'registry.example.com/basic/web:1',
    '',
  ])('%s is none', image => {
    expect(addonOf(image)).toBeUndefined();
  });
});
