import { LOOKS } from '../../cluster/looks.ts';
import { isOwnPod } from '../order.ts';
import type { Check } from './check.ts';
import { listed } from './wording.ts';

/** Each installation holds a lease in a namespace of its own, so that two would not see each other's runs. */
export const anotherCapstan: Check = {
  code: 'ANOTHER_CAPSTAN',
  ok: 'One Capstan at most is installed on this cluster.',
  needs: [LOOKS.pods],
  look: ({ snapshot }) => {
    const workers = snapshot.pods.filter(pod => isOwnPod(pod) && pod.labels[COMPONENT] === 'worker');
    const installations = new Set(workers.map(({ namespace, labels }) => `${namespace}/${labels[INSTANCE] ?? ''}`));
    if (installations.size < 2) return [];
    return [
      {
        code: 'ANOTHER_CAPSTAN',
        severity: 'warn',
        sentence: `Workers of several installations of Capstan run on this cluster: ${listed(installations)}.`,
        remedy:
          'Remove all but one, or let them share the namespace of their Jobs, and with it the lease of their runs.',
      },
    ];
  },
};

const COMPONENT = 'app.kubernetes.io/component';
const INSTANCE = 'app.kubernetes.io/instance';
