import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/**
 * Nothing would create these pods again. As kubectl drain without --force, ours refuses to evict them; it may well be
 * that they are gone before their node's turn comes, so that this is no more than a warning.
 */
export const podsUnmanaged: Check = {
  code: 'POD_UNMANAGED',
  ok: 'Every drained pod has a controller that replaces it.',
  look: ({ drains, policy }) => {
    const bare = drains.leaving.filter(pod => pod.controller === undefined);
    if (bare.length === 0) return [];
    const names = bare.map(pod => `${podName(pod)} on ${pod.node}`);
    const how = policy.drain.force
      ? 'and the drain evicts them by force'
      : 'and the drain stops rather than evict them';
    return [
      {
        code: 'POD_UNMANAGED',
        severity: 'warn',
        sentence: `${counted(bare.length, 'pod')} without a controller would be lost for good, ${how}: ${listed(names)}.`,
        remedy: 'Let a Deployment, StatefulSet or Job own them, or delete them yourself before the node is drained.',
      },
    ];
  },
};
