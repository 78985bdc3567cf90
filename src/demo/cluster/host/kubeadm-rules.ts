import {
  compareVersions,
  formatVersion,
  type KubernetesVersion,
  minorsBetween,
} from '../../../version/kubernetes-version.ts';
import { apiServerVersions, type Host, type Hosts } from './host.ts';
import type { UpgradeWork } from './upgrade-work.ts';

/** How many minors a kubelet may be behind its API server (version-skew-policy). */
const KUBELET_BEHIND = 3;

/** Why kubeadm or the skew policy refuses this work here and now; undefined where it may go on. */
export function refusal(
  work: UpgradeWork,
  host: Host,
  hosts: Hosts,
  clusterVersion: KubernetesVersion,
): string | undefined {
  switch (work.phase) {
    case 'control-plane':
      return refuseControlPlane(work, host, hosts, clusterVersion);
    case 'config':
      return refuseWorkerConfig(work, host, clusterVersion);
    case 'kubelet':
      return refuseKubelet(work, host, hosts, clusterVersion);
  }
}

function refuseControlPlane(
  { kubeadm, to }: UpgradeWork,
  host: Host,
  hosts: Hosts,
  clusterVersion: KubernetesVersion,
): string | undefined {
  const own = host.manifests.get('kube-apiserver');
  if (!own) return `${host.name} is no control-plane node: there is no kube-apiserver to upgrade.`;
  const target = formatVersion(to);
  if (kubeadm === undefined) return 'The control-plane phase needs kubeadm upgrade apply or kubeadm upgrade node.';
  if (compareVersions(to, own) < 0)
    return `${target} is older than the kube-apiserver ${formatVersion(own)} on ${host.name}.`;
  if (kubeadm === 'node') {
    if (compareVersions(clusterVersion, to) === 0) return undefined;
    return `kubeadm upgrade node would go to the cluster's ${formatVersion(clusterVersion)}, not to ${target}: kubeadm upgrade apply comes first.`;
  }
  if (minorsBetween(to, clusterVersion) > 1) {
    return `Specified version to upgrade to "${target}" is more than one minor ahead of ${formatVersion(clusterVersion)}: minors cannot be skipped.`;
  }
  for (const version of apiServerVersions(hosts)) {
    if (minorsBetween(to, version) > 1)
      return `A kube-apiserver still runs ${formatVersion(version)}: all must be within one minor of ${target}.`;
  }
  for (const { name, kubelet } of hosts.values()) {
    if (minorsBetween(to, kubelet.version) > KUBELET_BEHIND) {
      return `The kubelet of ${name} runs ${formatVersion(kubelet.version)}, more than ${KUBELET_BEHIND} minors behind ${target}.`;
    }
  }
  return undefined;
}

function refuseKubelet(
  { kubeadm, to }: UpgradeWork,
  host: Host,
  hosts: Hosts,
  clusterVersion: KubernetesVersion,
): string | undefined {
  const target = formatVersion(to);
  const older = apiServerVersions(hosts).find(version => compareVersions(to, version) > 0);
  if (older)
    return `A kubelet ${target} would be newer than a kube-apiserver at ${formatVersion(older)} (version-skew-policy).`;
  if (compareVersions(to, host.kubelet.version) < 0) {
    return `${target} is older than the kubelet ${formatVersion(host.kubelet.version)} on ${host.name}.`;
  }
  if (host.role === 'worker') return refuseWorkerConfig({ kubeadm, to }, host, clusterVersion);
  if (minorsBetween(to, host.kubelet.version) > 1) {
    return `The kubelet of ${host.name} runs ${formatVersion(host.kubelet.version)}; ${target} would skip a minor.`;
  }
  return undefined;
}

/**
 * `kubeadm upgrade node` on a worker. Seen on real hosts: it is content with a control plane that is ahead. It knows how
 * to migrate a host only from the minor before (kubernetes#135807): real hosts may break by that, these say so.
 */
function refuseWorkerConfig(
  { kubeadm, to }: Pick<UpgradeWork, 'kubeadm' | 'to'>,
  host: Host,
  clusterVersion: KubernetesVersion,
): string | undefined {
  const target = formatVersion(to);
  if (host.role !== 'worker') return `${host.name} carries a control plane, which this phase is not for.`;
  if (kubeadm === 'apply') return `${host.name} is a worker: kubeadm upgrade apply is for a control-plane node.`;
  if (compareVersions(clusterVersion, to) < 0) {
    return `kubeadm upgrade node would go to the cluster's ${formatVersion(clusterVersion)}, not to ${target}: kubeadm upgrade apply comes first.`;
  }
  if (minorsBetween(to, host.kubeadm) > 1) {
    return `${host.name} was last migrated by kubeadm ${formatVersion(host.kubeadm)}; ${target} would skip a minor.`;
  }
  return undefined;
}
