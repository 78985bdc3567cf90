import type { NodeView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { listed } from './wording.ts';

/**
 * A worker that is not Ready is left out; a control-plane node that is not Ready stops the plan, because kubeadm's own
 * preflight (ControlPlaneNodesReady) would refuse and etcd may already be one member short.
 */
export const nodesReady: Check = {
  code: 'NODE_NOT_READY',
  ok: 'Every node is Ready.',
  needs: [],
  look: ({ snapshot }) => {
    const down = snapshot.nodes.filter(node => node.ready !== 'True');
    return [
      ...notReady(
        down.filter(node => node.role === 'control-plane'),
        'block',
      ),
      ...notReady(
        down.filter(node => node.role === 'worker'),
        'warn',
      ),
    ];
  },
};

function notReady(nodes: readonly NodeView[], severity: 'block' | 'warn'): Finding[] {
  if (nodes.length === 0) return [];
  const names = listed(nodes.map(({ name, ready }) => (ready === 'Unknown' ? `${name} (stopped reporting)` : name)));
  const sentence =
    severity === 'block'
      ? `Control-plane nodes are not Ready: ${names}.`
      : `Worker nodes are not Ready and are left out: ${names}.`;
  return [
    {
      code: 'NODE_NOT_READY',
      severity,
      sentence,
      remedy: 'Bring them back, or remove them from the cluster; `kubectl describe node` says what they report.',
    },
  ];
}
