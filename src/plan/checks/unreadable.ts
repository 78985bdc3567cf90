import { LOOKS } from '../../cluster/looks.ts';
import type { Unreadable } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { granting } from './granting.ts';
import { listed } from './wording.ts';

/** One check alone needs them, and tells all about their failure. */
const OF_SINGLE_CHECKS: ReadonlySet<string> = new Set([
  LOOKS.identity,
  LOOKS.lease,
  LOOKS.workloads,
  LOOKS.daemonSets,
  LOOKS.webhooks,
  LOOKS.deprecatedApis,
]);

/** What could not be read is never taken as fine. What several checks need is told here once, with its reason. */
export const unreadable: Check = {
  code: 'LOOK_FAILED',
  ok: 'Everything that several checks need could be read.',
  needs: [],
  look: ({ snapshot }) => snapshot.unreadable.filter(isShared).map(failed => untold('LOOK_FAILED', failed)),
};

/** What a check says whose looks failed: it knows nothing. Under its own code, so that it can be waived alone. */
export function blind(code: string, failed: readonly Unreadable[]): Finding[] {
  const shared = failed.filter(isShared).map(({ what }) => what);
  const alone = failed.filter(each => !isShared(each)).map(each => untold(code, each));
  if (shared.length === 0) return alone;
  const sentence = `This is not known, because ${listed(shared)} could not be read.`;
  return [...alone, { code, severity: 'unknown', sentence, remedy: 'LOOK_FAILED says why, and what to do.' }];
}

function isShared({ what }: Unreadable): boolean {
  return !OF_SINGLE_CHECKS.has(what);
}

function untold(code: string, { what, why, lacks }: Unreadable): Finding {
  return {
    code,
    severity: 'unknown',
    sentence: `Could not read ${what}: ${why}.`,
    remedy: lacks ? granting(lacks) : 'Mend what refuses the look, then plan again.',
  };
}
