import type { Check } from './check.ts';

/** Somebody else runs the control plane: only the workers can be planned, and the reader must know. */
export const managedControlPlane: Check = {
  code: 'MANAGED_CONTROL_PLANE',
  ok: 'The control plane is part of this cluster.',
  needs: [],
  look: ({ standing }) =>
    standing.managed
      ? [
          {
            code: 'MANAGED_CONTROL_PLANE',
            severity: 'warn',
            sentence:
              'No control-plane node is visible, so the control plane is run by someone else: only workers are planned.',
            remedy: 'Upgrade the control plane where it is managed, before the workers.',
          },
        ]
      : [],
};
