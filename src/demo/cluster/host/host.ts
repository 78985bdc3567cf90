import type { NodeRole } from '../../../cluster/snapshot.ts';
import type { KubernetesVersion } from '../../../version/kubernetes-version.ts';
import type { HostUnit } from './host-unit.ts';
import type { StaticComponent } from './releases.ts';

/** The machine behind a node: what is installed on it and what runs outside of Kubernetes' sight. */
export interface Host {
  readonly name: string;
  readonly role: NodeRole;
  kubelet: { version: KubernetesVersion; running: boolean };
  /** The newest kubeadm that has migrated the host's files. */
  kubeadm: KubernetesVersion;
  /** /etc/kubernetes/manifests: which version each static pod is of. Empty on workers. */
  readonly manifests: Map<StaticComponent, KubernetesVersion>;
  /** Upgrade work by its id; it outlives the pods that started it. */
  readonly units: Map<string, HostUnit>;
}

export type Hosts = ReadonlyMap<string, Host>;

export function apiServerVersions(hosts: Hosts): KubernetesVersion[] {
  return [...hosts.values()].flatMap(host => host.manifests.get('kube-apiserver') ?? []);
}
