import { LOOKS } from '../../cluster/looks.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** A drain leaves pods of DaemonSets where they are. Where the DaemonSet is gone nothing would create them again. */
export const daemonSetGone: Check = {
  code: 'DAEMONSET_GONE',
  ok: 'Every DaemonSet whose pods stay on drained nodes is there.',
  needs: [LOOKS.daemonSets],
  look: ({ drains: { orphans } }) => {
    if (orphans.length === 0) return [];
    const names = orphans.map(pod => `${podName(pod)} on ${pod.node} (of ${pod.controller?.name})`);
    return [
      {
        code: 'DAEMONSET_GONE',
        severity: 'warn',
        sentence: `The DaemonSet of ${counted(orphans.length, 'pod')} is gone, and the drain stops rather than evict what nothing would create again: ${listed(names)}.`,
        remedy: 'Delete these pods, or bring their DaemonSet back.',
      },
    ];
  },
};
