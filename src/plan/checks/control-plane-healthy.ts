import { LOOKS } from '../../cluster/looks.ts';
import type { ClusterSnapshot, Component } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import { isStaticPod } from '../standing.ts';
import type { Check } from './check.ts';
import { missingStaticPods } from './static-pods-missing.ts';
import { listed } from './wording.ts';

/** While one control-plane node is upgraded the others must carry the cluster, and etcd must keep its quorum. */
export const controlPlaneHealthy: Check = {
  code: 'CONTROL_PLANE_UNHEALTHY',
  ok: 'Every control-plane pod is there and ready.',
  needs: [LOOKS.pods],
  look: ({ snapshot }) => [...sick(snapshot), ...missing(snapshot)],
};

function sick({ components }: ClusterSnapshot): Finding[] {
  const found = components.filter(({ kind, ready }) => !ready && (isStaticPod(kind) || kind === 'etcd'));
  return tell(
    'Control-plane pods are not ready',
    found,
    'Mend them first: `kubectl -n kube-system get pods` and their logs say why they are not ready.',
  );
}

function missing(snapshot: ClusterSnapshot): Finding[] {
  return tell(
    'Control-plane pods that kubeadm would look for are not there',
    missingStaticPods(snapshot),
    'Look on these nodes for their manifests in /etc/kubernetes/manifests, and at what the kubelet says of them.',
  );
}

function tell(what: string, pods: readonly Pick<Component, 'kind' | 'node'>[], remedy: string): Finding[] {
  if (pods.length === 0) return [];
  const names = listed(pods.map(({ kind, node }) => (node === undefined ? kind : `${kind} on ${node}`)));
  return [{ code: 'CONTROL_PLANE_UNHEALTHY', severity: 'block', sentence: `${what}: ${names}.`, remedy }];
}
