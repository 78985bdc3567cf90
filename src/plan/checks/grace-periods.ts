import { LOOKS } from '../../cluster/looks.ts';
import { durationWords } from '../../policy/notation.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/**
 * A pod may take its whole grace period to stop (kubernetes.io: pod-lifecycle, "Termination of Pods"), and a drain ends with
 * its own timeout, whatever it still waits for: then the node has failed, and the run halts.
 */
export const gracePeriods: Check = {
  code: 'GRACE_OUTLASTS_DRAIN',
  ok: 'Every drained pod has to stop before its drain times out.',
  needs: [LOOKS.pods],
  look: ({ drains, policy: { drain } }) => {
    const graceOf = ({ graceSeconds }: (typeof drains.leaving)[number]) => drain.graceSeconds ?? graceSeconds;
    const slow = drains.leaving.filter(pod => graceOf(pod) >= drain.timeoutSeconds);
    if (slow.length === 0) return [];
    const names = slow.map(pod => `${podName(pod)} on ${pod.node} (${durationWords(graceOf(pod))})`);
    return [
      {
        code: 'GRACE_OUTLASTS_DRAIN',
        severity: 'warn',
        sentence:
          `${counted(slow.length, 'pod')} may take longer to stop than a drain may last ` +
          `(${durationWords(drain.timeoutSeconds)}), after which the node has failed and the run halts: ${listed(names)}.`,
        remedy:
          'Give drains more time (drain.timeout of the policy), give pods less (--grace-period, or drain.graceSeconds), or ' +
          'stop these yourself before.',
      },
    ];
  },
};
