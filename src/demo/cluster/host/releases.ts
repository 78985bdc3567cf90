import { formatVersion, type KubernetesVersion } from '../../../version/kubernetes-version.ts';

export type StaticComponent = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** In the order in which kubeadm replaces them. */
export const STATIC_COMPONENTS: readonly StaticComponent[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
];

/** What `kubeadm config images list` names beside Kubernetes' own images, by minor. */
const EXTRAS: Readonly<Record<number, { readonly etcd: string; readonly coredns: string }>> = {
  35: { etcd: '3.6.6-0', coredns: 'v1.13.1' },
  36: { etcd: '3.6.8-0', coredns: 'v1.14.2' },
  37: { etcd: '3.7.0-0', coredns: 'v1.14.6' },
};
const NEWEST = { etcd: '3.7.0-0', coredns: 'v1.14.6' };

const REGISTRY = 'registry.k8s.io';

export function imageOf(component: StaticComponent | 'kube-proxy', version: KubernetesVersion): string {
  const tag = component === 'etcd' ? (EXTRAS[version.minor] ?? NEWEST).etcd : formatVersion(version);
  return `${REGISTRY}/${component}:${tag}`;
}

export function coreDnsImage(version: KubernetesVersion): string {
  return `${REGISTRY}/coredns/coredns:${(EXTRAS[version.minor] ?? NEWEST).coredns}`;
}
