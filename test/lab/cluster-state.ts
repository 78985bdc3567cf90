import type { Kubectl } from './kubectl.ts';
import { JOB_NAMESPACE } from './workload.ts';

/** How the cluster stands, read once through kubectl. */
export interface ClusterState {
  readonly nodes: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly cordoned: boolean;
    readonly kubelet: string;
    /** As JSON. */
    readonly annotations: string;
  }[];
  /** Images of the control plane's pods and of kube-proxy; etcd counts by other numbers. */
  readonly images: readonly string[];
  /** `name: holder` of every lease that is held where the upgrade Jobs run. */
  readonly leases: readonly string[];
}

export async function lookAtCluster(kubectl: Kubectl): Promise<ClusterState> {
  const ready = '.status.conditions[?(@.type=="Ready")].status';
  const [nodes, pods, proxies, leases] = await Promise.all([
    kubectl.rows(
      ['nodes'],
      ['.metadata.name', ready, '.spec.unschedulable', '.status.nodeInfo.kubeletVersion', '.metadata.annotations'],
    ),
    kubectl.rows(
      ['pods', '-n', 'kube-system', '-l', 'tier=control-plane,component!=etcd'],
      ['.spec.containers[0].image'],
    ),
    kubectl.rows(
      ['daemonsets', '-n', 'kube-system', '-l', 'k8s-app=kube-proxy'],
      ['.spec.template.spec.containers[0].image'],
    ),
    kubectl.rows(['leases', '-n', JOB_NAMESPACE], ['.metadata.name', '.spec.holderIdentity']),
  ]);
  return {
    nodes: nodes.map(([name = '', state, unschedulable, kubelet = '', ...annotations]) => ({
      name,
      ready: state === 'True',
      cordoned: unschedulable === 'true',
      kubelet,
      annotations: annotations.join('|'),
    })),
    images: [...pods, ...proxies].map(([image = '']) => image),
    leases: leases.filter(([, holder = '']) => holder !== '').map(([name, holder]) => `${name}: ${holder}`),
  };
}
