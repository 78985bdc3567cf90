import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** Nothing would create these pods again. kubectl drain refuses them without --force; so does a plan. */
export const podsUnmanaged: Check = {
  code: 'POD_UNMANAGED',
  ok: 'Every drained pod has a controller that replaces it.',
  look: ({ drains }) => {
    const bare = [...drains.evicted.values()].flat().filter(pod => pod.controller === undefined);
    if (bare.length === 0) return [];
    const names = bare.map(pod => `${podName(pod)} on ${pod.node}`);
    return [
      {
        code: 'POD_UNMANAGED',
        severity: 'block',
        sentence: `${counted(bare.length, 'pod')} without a controller would be lost for good: ${listed(names)}.`,
        remedy: 'Let a Deployment, StatefulSet or Job own them, or delete them yourself.',
      },
    ];
  },
};
