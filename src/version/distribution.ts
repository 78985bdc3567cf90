import type { KubernetesVersion } from './kubernetes-version.ts';

/** Who built what a node runs, and what brings it to another version. */
export interface Distribution {
  readonly name: string;
  /** Ends a sentence such as "upgrade it by": the vendor's own way. */
  readonly upgradedBy: string;
  /** In the vendor's part of the version. */
  readonly vendor?: RegExp;
  /** In `nodeInfo.osImage`: these distributions report plain Kubernetes versions. */
  readonly osImage?: RegExp;
  /** On its nodes, where version and system are those of everybody. */
  readonly label?: string;
}

/** What tells it. */
export interface NodeMarks {
  /** undefined where it could not be read. */
  readonly kubelet: KubernetesVersion | undefined;
  readonly osImage: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The marks are those that the distributions' own release tags, nodes and documentation show (learn.microsoft.com: "Use
 * labels in an AKS cluster", reserved system labels; microk8s: its kubelet's `--node-labels`; kops.sigs.k8s.io: labels;
 * docs.digitalocean.com and techdocs.akamai.com: labels of their nodes). What kubeadm made carries none of them.
 */
const DISTRIBUTIONS: readonly Distribution[] = [
  { name: 'K3s', vendor: /^k3s\d/, upgradedBy: 'its install script or the system-upgrade-controller' },
  { name: 'RKE2', vendor: /^rke2r\d/, upgradedBy: 'its install script or the system-upgrade-controller' },
  { name: 'k0s', vendor: /^k0s/, upgradedBy: '`k0sctl apply` or its autopilot' },
  {
    name: 'EKS',
    vendor: /^eks-/,
    label: 'eks.amazonaws.com/nodegroup',
    upgradedBy: '`aws eks update-nodegroup-version`',
  },
  {
    name: 'GKE',
    vendor: /^gke\.\d/,
    label: 'cloud.google.com/gke-nodepool',
    upgradedBy: '`gcloud container clusters upgrade`',
  },
  { name: 'AKS (long-term support)', vendor: /^akslts$/, upgradedBy: '`az aks nodepool upgrade`' },
  { name: 'AKS', label: 'kubernetes.azure.com/cluster', upgradedBy: '`az aks nodepool upgrade`' },
  { name: 'Tanzu', vendor: /^vmware\./, upgradedBy: 'its own lifecycle management' },
  { name: 'IBM Cloud Kubernetes Service', vendor: /^IKS/, upgradedBy: '`ibmcloud ks worker update`' },
  { name: 'Alibaba Cloud ACK', vendor: /^aliyun\./, upgradedBy: 'the console or API of ACK' },
  { name: 'Tencent TKE', vendor: /^tke\./, upgradedBy: 'the console or API of TKE' },
  { name: 'Huawei CCE', vendor: /^r\d+-(?:CCE)?\d/, upgradedBy: 'the console or API of CCE' },
  {
    name: 'DigitalOcean Kubernetes',
    label: 'doks.digitalocean.com/node-id',
    upgradedBy: '`doctl kubernetes cluster upgrade`',
  },
  { name: 'Linode Kubernetes Engine', label: 'lke.linode.com/pool-id', upgradedBy: 'the manager or API of LKE' },
  {
    name: 'OpenShift',
    osImage: /^Red Hat Enterprise Linux CoreOS|^Fedora CoreOS .*okd/i,
    label: 'node.openshift.io/os_id',
    upgradedBy: '`oc adm upgrade`',
  },
  { name: 'kOps', label: 'kops.k8s.io/instancegroup', upgradedBy: '`kops upgrade cluster` and `kops rolling-update`' },
  { name: 'Gardener', label: 'worker.gardener.cloud/pool', upgradedBy: 'the version in its Shoot' },
  { name: 'MicroK8s', label: 'microk8s.io/cluster', upgradedBy: '`snap refresh microk8s`' },
  { name: 'minikube', label: 'minikube.k8s.io/name', upgradedBy: '`minikube start --kubernetes-version`' },
  { name: 'Talos Linux', osImage: /^Talos /, upgradedBy: '`talosctl upgrade-k8s`' },
  { name: 'Bottlerocket', osImage: /^Bottlerocket /, upgradedBy: 'its update operator, or new nodes' },
  { name: 'Container-Optimized OS', osImage: /^Container-Optimized OS/, upgradedBy: 'new nodes from a newer image' },
  { name: 'Flatcar', osImage: /^Flatcar /, upgradedBy: 'a newer system extension, or new nodes from a newer image' },
];

/** undefined where nothing tells: a plain version on an ordinary operating system. */
export function distributionOf({ kubelet, osImage, labels }: NodeMarks): Distribution | undefined {
  const vendor = kubelet?.vendor;
  return DISTRIBUTIONS.find(
    known =>
      (vendor !== undefined && known.vendor?.test(vendor)) ||
      known.osImage?.test(osImage) ||
      (known.label !== undefined && known.label in labels),
  );
}
