import { LOOKS } from '../../cluster/looks.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** Nothing would create these pods again. As kubectl drain without --force, ours refuses to evict them, and halts the run. */
export const podsUnmanaged: Check = {
  code: 'POD_UNMANAGED',
  ok: 'Every drained pod has a controller that replaces it.',
  needs: [LOOKS.pods],
  look: ({ drains, policy }) => {
    const bare = drains.leaving.filter(pod => pod.controller === undefined);
    if (bare.length === 0) return [];
    const names = bare.map(pod => `${podName(pod)} on ${pod.node}`);
    const { force } = policy.drain;
    const how = force ? 'because the drain evicts them by force' : 'so the drain of their nodes would stop';
    return [
      {
        code: 'POD_UNMANAGED',
        severity: force ? 'warn' : 'block',
        sentence: `${counted(bare.length, 'pod')} without a controller would be lost for good, ${how}: ${listed(names)}.`,
        remedy: force
          ? 'Let a Deployment, StatefulSet or Job own them if they are still needed.'
          : 'Let a Deployment, StatefulSet or Job own them, or delete them yourself; or lose them: plan with --force, or set drain.force in the policy.',
      },
    ];
  },
};
