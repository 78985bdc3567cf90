import type { KubernetesVersion } from './kubernetes-version.ts';

/** Who built what a node runs, where its version or its operating system tells. */
interface Distribution {
  readonly name: string;
  /** In the vendor's part of the version. */
  readonly vendor?: RegExp;
  /** In `nodeInfo.osImage`: these distributions report plain Kubernetes versions. */
  readonly osImage?: RegExp;
}

/**
 * The marks are those that the distributions' own release tags and nodes carry. AKS, kubeadm and many others report plain
 * versions, so nothing can be said of them.
 */
const DISTRIBUTIONS: readonly Distribution[] = [
  { name: 'K3s', vendor: /^k3s\d/ },
  { name: 'RKE2', vendor: /^rke2r\d/ },
  { name: 'k0s', vendor: /^k0s/ },
  { name: 'EKS', vendor: /^eks-/ },
  { name: 'GKE', vendor: /^gke\.\d/ },
  { name: 'AKS (long-term support)', vendor: /^akslts$/ },
  { name: 'Tanzu', vendor: /^vmware\./ },
  { name: 'IBM Cloud Kubernetes Service', vendor: /^IKS/ },
  { name: 'Alibaba Cloud ACK', vendor: /^aliyun\./ },
  { name: 'Tencent TKE', vendor: /^tke\./ },
  { name: 'Huawei CCE', vendor: /^r\d+-(?:CCE)?\d/ },
  { name: 'OpenShift', osImage: /^Red Hat Enterprise Linux CoreOS|^Fedora CoreOS .*okd/i },
  { name: 'Talos Linux', osImage: /^Talos / },
  { name: 'Bottlerocket', osImage: /^Bottlerocket / },
  { name: 'Container-Optimized OS', osImage: /^Container-Optimized OS/ },
  { name: 'Flatcar', osImage: /^Flatcar / },
];

/** undefined where nothing tells: a plain version on an ordinary operating system. */
export function distributionOf(version: KubernetesVersion | undefined, osImage: string): string | undefined {
  const { vendor } = version ?? {};
  return DISTRIBUTIONS.find(
    known => (vendor !== undefined && known.vendor?.test(vendor)) || known.osImage?.test(osImage),
  )?.name;
}
