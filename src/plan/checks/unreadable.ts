import { LOOKS } from '../../cluster/looks.ts';
import type { Unreadable } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';

/** Told by the checks that need them. */
const OF_SINGLE_CHECKS: ReadonlySet<string> = new Set(Object.values(LOOKS));

/** What could not be read is never taken as fine. */
export const unreadable: Check = {
  code: 'LOOK_FAILED',
  ok: 'Everything that all checks need could be read.',
  look: ({ snapshot }) =>
    snapshot.unreadable.filter(({ what }) => !OF_SINGLE_CHECKS.has(what)).map(failed => unknown('LOOK_FAILED', failed)),
};

export function unknown(code: string, { what, why }: Unreadable): Finding {
  return {
    code,
    severity: 'unknown',
    sentence: `Could not read ${what}: ${why}.`,
    remedy: 'Give the worker the rights of its ClusterRole, or mend what refuses the look, then plan again.',
  };
}
