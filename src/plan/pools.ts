import type { NodeView } from '../cluster/snapshot.ts';

/**
 * Labels by which installers and clouds name the pool of a node. Kubernetes itself knows no pools.
 * Cluster API puts the first three on its Machines, and on nodes where `--additional-sync-machine-labels` says so.
 */
const POOL_LABELS: readonly string[] = [
  'topology.cluster.x-k8s.io/deployment-name',
  'cluster.x-k8s.io/deployment-name',
  'cluster.x-k8s.io/pool-name',
  'node.cluster.x-k8s.io/pool',
  'karpenter.sh/nodepool',
  'karpenter.sh/provisioner-name',
  'eks.amazonaws.com/nodegroup',
  'alpha.eksctl.io/nodegroup-name',
  'cloud.google.com/gke-nodepool',
  'kubernetes.azure.com/agentpool',
  'agentpool',
  'kops.k8s.io/instancegroup',
  'worker.gardener.cloud/pool',
  'doks.digitalocean.com/node-pool',
  'k8s.scaleway.com/pool-name',
  'ibm-cloud.kubernetes.io/worker-pool-name',
  'lke.linode.com/pool-id',
  'node-pool',
  'nodepool',
  'pool',
];

/** What kubectl shows as roles; clusters without an installer's pools often tell their nodes apart by them. */
const ROLE_PREFIX = 'node-role.kubernetes.io/';
const CONTROL_PLANE_ROLES: ReadonlySet<string> = new Set(['control-plane', 'master']);

/** Whether the node is in the pool: by the pool's name, or by any label, as `label=value`. Case does not count. */
export function isInPool({ labels }: Pick<NodeView, 'labels'>, pool: string): boolean {
  const wanted = pool.toLowerCase();
  if (wanted.includes('=')) {
    return Object.entries(labels).some(([key, value]) => `${key}=${value}`.toLowerCase() === wanted);
  }
  return poolsOf({ labels }).some(name => name.toLowerCase() === wanted);
}

/** The names under which the node's pools are known. */
export function poolsOf({ labels }: Pick<NodeView, 'labels'>): string[] {
  const roles = Object.keys(labels)
    .filter(key => key.startsWith(ROLE_PREFIX))
    .map(key => key.slice(ROLE_PREFIX.length))
    .filter(role => role !== '' && !CONTROL_PLANE_ROLES.has(role));
  return [...POOL_LABELS.flatMap(key => labels[key] || []), ...roles];
}
