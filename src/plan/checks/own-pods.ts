import { LOOKS } from '../../cluster/looks.ts';
import { isOwnPod } from '../order.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/** Capstan upgrades the nodes it runs on, last of all; for a moment it may then be away. */
export const ownPods: Check = {
  code: 'CAPSTAN_MOVES',
  ok: 'No pod of Capstan itself is drained.',
  needs: [LOOKS.pods],
  look: ({ drains }) => {
    const own = drains.leaving.filter(isOwnPod);
    if (own.length === 0) return [];
    const names = own.map(pod => `${podName(pod)} on ${pod.node}`);
    return [
      {
        code: 'CAPSTAN_MOVES',
        severity: 'warn',
        sentence: `${counted(own.length, 'pod')} of Capstan itself will be moved, last of all: ${listed(names)}.`,
        remedy: 'Nothing to do: the run goes on as soon as a worker, and the Redis it uses, are back.',
      },
    ];
  },
};
