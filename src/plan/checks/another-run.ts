import { LOOKS } from '../../cluster/looks.ts';
import type { Check } from './check.ts';

/** One run per cluster: the Lease names it, and age never frees it. */
export const anotherRun: Check = {
  code: 'ANOTHER_RUN',
  ok: 'No other run is at work on this cluster.',
  needs: [LOOKS.lease],
  look: ({ snapshot: { lease }, ownRun }) =>
    lease === undefined || lease.run === ownRun
      ? []
      : [
          {
            code: 'ANOTHER_RUN',
            severity: 'block',
            sentence: `Run ${lease.run} holds this cluster (lease of ${lease.owner}).`,
            remedy:
              'Wait until it has finished, or abort it; then plan again. Where its record cannot be read, the log of the ' +
              'worker says what to do about that.',
          },
        ],
};
