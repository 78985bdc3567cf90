import { LOOKS } from '../../cluster/looks.ts';
import { isStaticPod } from '../standing.ts';
import type { Check } from './check.ts';
import { listed } from './wording.ts';

/**
 * The label tells control-plane nodes from workers (kubernetes.io: labels-annotations-taints). One that lost it would be
 * drained before every kube-apiserver has the version, and the kubeadm of a worker's turn would upgrade its static pods.
 */
export const controlPlaneUnlabelled: Check = {
  code: 'CONTROL_PLANE_UNLABELLED',
  ok: 'Every node that runs a control plane has its label.',
  needs: [LOOKS.pods],
  look: ({ snapshot: { nodes, components } }) => {
    const running = new Set(components.filter(({ kind }) => isStaticPod(kind)).map(({ node }) => node));
    const unlabelled = nodes.filter(({ role, name }) => role === 'worker' && running.has(name)).map(({ name }) => name);
    if (unlabelled.length === 0) return [];
    return [
      {
        code: 'CONTROL_PLANE_UNLABELLED',
        severity: 'block',
        sentence:
          'These nodes run static pods of a control plane, and without its label they would be upgraded as workers: ' +
          `${listed(unlabelled)}.`,
        remedy: `Label them, such as by \`kubectl label node ${unlabelled[0]} node-role.kubernetes.io/control-plane=\`, then plan again.`,
      },
    ];
  },
};
