import { LOOKS } from '../../cluster/looks.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** A drain leaves pods of DaemonSets where they are. Where the DaemonSet is gone nothing would create them again. */
export const daemonSetGone: Check = {
  code: 'DAEMONSET_GONE',
  ok: 'Every DaemonSet whose pods stay on drained nodes is there.',
  needs: [LOOKS.pods, LOOKS.daemonSets],
  look: ({ drains: { orphans }, policy }) => {
    if (orphans.length === 0) return [];
    const { force } = policy.drain;
    const how = force
      ? 'and the drain evicts by force what nothing would create again'
      : 'so the drain of their nodes would stop rather than evict what nothing would create again';
    const names = orphans.map(pod => `${podName(pod)} on ${pod.node} (of ${pod.controller?.name})`);
    return [
      {
        code: 'DAEMONSET_GONE',
        severity: force ? 'warn' : 'block',
        sentence: `The DaemonSet of ${counted(orphans.length, 'pod')} is gone, ${how}: ${listed(names)}.`,
        remedy: force
          ? 'Bring their DaemonSet back if they are still needed.'
          : 'Delete these pods, or bring their DaemonSet back; or lose them: plan with --force, or set drain.force in the policy.',
      },
    ];
  },
};
