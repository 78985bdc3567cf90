import type { ClusterSnapshot, ComponentKind } from '../../cluster/snapshot.ts';

/** A pod that kubeadm keeps on a node, and that nobody sees there. */
interface MissingPod {
  readonly kind: ComponentKind;
  readonly node: string;
}

const ON_EVERY_NODE: readonly ComponentKind[] = ['kube-controller-manager', 'kube-scheduler'];

/**
 * kubeadm runs the same static pods on each control-plane node, etcd among them unless it runs elsewhere (kubernetes.io:
 * kubeadm implementation details; ha-topology), and does not upgrade a node without their manifests. A kube-apiserver that
 * is missed is told by the check of versions.
 */
export function missingStaticPods({ nodes, components }: ClusterSnapshot): MissingPod[] {
  const seen = new Set(components.map(({ kind, node }) => `${kind} ${node}`));
  const masters = nodes.filter(({ role }) => role === 'control-plane');
  const stacked = masters.some(({ name }) => seen.has(`etcd ${name}`));
  const kinds: readonly ComponentKind[] = stacked ? [...ON_EVERY_NODE, 'etcd'] : ON_EVERY_NODE;
  return masters.flatMap(({ name: node }) =>
    kinds.filter(kind => !seen.has(`${kind} ${node}`)).map(kind => ({ kind, node })),
  );
}
