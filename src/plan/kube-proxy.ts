import { formatVersion, type KubernetesVersion } from '../version/kubernetes-version.ts';

/**
 * How kube-proxy comes to the version of the control plane by itself. kubeadm moves it as the last step of an apply; who
 * else installed it keeps it (kubernetes.io: kubeadm-upgrade; version-skew-policy, "kube-proxy").
 */
export function bringingKubeProxyTo(present: KubernetesVersion): string {
  const version = formatVersion(present);
  return (
    `Where kubeadm keeps it, run kubeadm upgrade apply ${version} once more on a control-plane node; else upgrade its ` +
    `add-on, or set the image of its DaemonSet to kube-proxy:${version}.`
  );
}
