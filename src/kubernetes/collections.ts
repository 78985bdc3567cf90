import type { Collection } from './collection.ts';

export const NODES: Collection = { path: '/api/v1/nodes', resource: 'nodes' };
export const PODS: Collection = { path: '/api/v1/pods', resource: 'pods' };
export const BUDGETS: Collection = { path: '/apis/policy/v1/poddisruptionbudgets', resource: 'poddisruptionbudgets' };
export const DAEMON_SETS: Collection = {
  path: '/apis/apps/v1/daemonsets',
  resource: 'daemonsets',
  metadataOnly: true,
};
export const DEPLOYMENTS: Collection = { path: '/apis/apps/v1/deployments', resource: 'deployments' };
export const STATEFUL_SETS: Collection = { path: '/apis/apps/v1/statefulsets', resource: 'statefulsets' };
export const VOLUMES: Collection = { path: '/api/v1/persistentvolumes', resource: 'persistentvolumes' };
export const VOLUME_ATTACHMENTS: Collection = {
  path: '/apis/storage.k8s.io/v1/volumeattachments',
  resource: 'volumeattachments',
};
export const VALIDATING_WEBHOOKS: Collection = {
  path: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  resource: 'validatingwebhookconfigurations',
};
export const MUTATING_WEBHOOKS: Collection = {
  path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  resource: 'mutatingwebhookconfigurations',
};

/** What a node's kubelet renews every ten seconds (kubernetes.io: node heartbeats). */
export function nodeLease(node: string): Collection {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  return { path, resource: 'leases', fieldSelector: `metadata.name=${node}` };
}
