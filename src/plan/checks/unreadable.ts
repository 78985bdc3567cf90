import type { Check } from './check.ts';

/** What could not be read is never taken as fine. */
export const unreadable: Check = {
  code: 'LOOK_FAILED',
  ok: 'Everything that a plan needs could be read.',
  look: ({ snapshot }) =>
    snapshot.unreadable.map(({ what, why }) => ({
      code: 'LOOK_FAILED',
      severity: 'unknown',
      sentence: `Could not read ${what}: ${why}.`,
      remedy: 'Give the worker the rights of its ClusterRole, or mend what refuses the look, then plan again.',
    })),
};
