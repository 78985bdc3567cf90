import { API_PORT, POD_NETWORK, SERVICE_NETWORK } from './layout.ts';

const API = 'kubeadm.k8s.io/v1beta4';

export interface ClusterSettings {
  readonly node: string;
  readonly address: string;
  readonly endpoint: string;
  /** `v1.36.3` */
  readonly version: string;
}

/** What `kubeadm init` is told, as a stream of YAML documents. */
export function initSettings({ node, address, endpoint, version }: ClusterSettings): string {
  return documents(
    {
      apiVersion: API,
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: address, bindPort: API_PORT },
      nodeRegistration: { name: node, criSocket: 'unix:///run/containerd/containerd.sock' },
    },
    {
      apiVersion: API,
      kind: 'ClusterConfiguration',
      kubernetesVersion: version,
      controlPlaneEndpoint: endpoint,
      networking: { podSubnet: POD_NETWORK, serviceSubnet: SERVICE_NETWORK },
    },
    {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      cgroupDriver: 'cgroupfs',
      failCgroupV1: false,
      failSwapOn: false,
      // Settings of the kernel belong to the machine: the kubelet goes on where it may not write them.
      featureGates: { KubeletInUserNamespace: true },
      // All images are on the host already, and no registry is in reach.
      imageGCHighThresholdPercent: 100,
      localStorageCapacityIsolation: false,
    },
    {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      // Debian 12's nft 1.0.6 loses maps that kube-proxy's nftables mode changes.
      mode: 'iptables',
      conntrack: { maxPerCore: 0, min: 0 },
      // Tells when it has heard of which endpoints, and when it has put them into force.
      logging: { verbosity: 4 },
    },
  );
}

/** JSON is YAML, too. */
const documents = (...objects: readonly object[]) => objects.map(each => JSON.stringify(each, null, 2)).join('\n---\n');
