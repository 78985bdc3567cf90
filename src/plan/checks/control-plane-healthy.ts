import { LOOKS } from '../../cluster/looks.ts';
import { isStaticPod } from '../standing.ts';
import type { Check } from './check.ts';
import { listed } from './wording.ts';

/** While one control-plane node is upgraded the others must carry the cluster, and etcd must keep its quorum. */
export const controlPlaneHealthy: Check = {
  code: 'CONTROL_PLANE_UNHEALTHY',
  ok: 'Every control-plane pod is ready.',
  needs: [LOOKS.pods],
  look: ({ snapshot }) => {
    const sick = snapshot.components.filter(({ kind, ready }) => !ready && (isStaticPod(kind) || kind === 'etcd'));
    if (sick.length === 0) return [];
    const names = sick.map(({ kind, node }) => (node === undefined ? kind : `${kind} on ${node}`));
    return [
      {
        code: 'CONTROL_PLANE_UNHEALTHY',
        severity: 'block',
        sentence: `Control-plane pods are not ready: ${listed(names)}.`,
        remedy: 'Mend them first: `kubectl -n kube-system get pods` and their logs say why they are not ready.',
      },
    ];
  },
};
