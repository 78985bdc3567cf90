import {
  compareVersions,
  formatVersion,
  type KubernetesVersion,
  parseVersion,
} from '../../../version/kubernetes-version.ts';
import type { Simulation } from '../simulation.ts';
import { apiServerVersions, type Hosts } from './host.ts';
import { coreDnsImage, imageOf } from './releases.ts';

const CONFIG = 'kube-system/kubeadm-config';

export function clusterConfiguration(version: KubernetesVersion): string {
  return [
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    'certificatesDir: /etc/kubernetes/pki',
    'clusterName: kubernetes',
    'imageRepository: registry.k8s.io',
    `kubernetesVersion: ${formatVersion(version)}`,
    'networking:',
    '  dnsDomain: cluster.local',
    '  serviceSubnet: 10.96.0.0/16',
    '',
  ].join('\n');
}

/** The version that kubeadm-config names: what `kubeadm upgrade node` goes to. */
export function clusterVersionOf({ store }: Simulation): KubernetesVersion {
  const text = store.at('configmaps', CONFIG)?.data?.ClusterConfiguration ?? '';
  const version = parseVersion(/^kubernetesVersion: *(\S+)$/m.exec(text)?.[1] ?? '');
  if (!version) throw new Error(`The simulated ConfigMap ${CONFIG} names no kubernetesVersion.`);
  return version;
}

export function recordClusterVersion({ store }: Simulation, version: KubernetesVersion): void {
  store.update('configmaps', CONFIG, draft => {
    draft.data = { ...draft.data, ClusterConfiguration: clusterConfiguration(version) };
  });
}

/** kubeadm upgrades kube-proxy and CoreDNS only once every control-plane node stands at the new version. */
export function upgradeAddons({ store }: Simulation, hosts: Hosts, version: KubernetesVersion): void {
  if (apiServerVersions(hosts).some(each => compareVersions(each, version) !== 0)) return;
  store.update('daemonsets', 'kube-system/kube-proxy', draft => {
    for (const container of draft.spec.template.spec.containers) container.image = imageOf('kube-proxy', version);
  });
  store.update('deployments', 'kube-system/coredns', draft => {
    for (const container of draft.spec.template.spec.containers) container.image = coreDnsImage(version);
  });
}
