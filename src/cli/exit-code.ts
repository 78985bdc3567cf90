import { stopsApproval } from '../plan/finding.ts';
import type { PlanningResult } from '../plan/planning.ts';

/** Process exit codes of `capstan plan`: 0 fine or nothing to do, 2 blocked or refused; 1 (could not look) is the caller's. */
export function exitCodeOf(result: PlanningResult): 0 | 2 {
  switch (result.kind) {
    case 'plan':
      return result.plan.findings.some(stopsApproval) ? 2 : 0;
    case 'nothing-to-do':
      return 0;
    case 'refused':
      return 2;
  }
}
