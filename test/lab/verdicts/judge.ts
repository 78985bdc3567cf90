import { judgeAvailability } from './availability.ts';
import type { Evidence } from './evidence.ts';
import { judgeOrder } from './order.ts';
import { judgePlans } from './plans.ts';
import { judgePower } from './power.ts';
import { judgeRemains } from './remains.ts';
import type { Verdict } from './verdict.ts';
import { judgeVersions } from './versions.ts';
import { judgeWork } from './work.ts';

/** Nothing here asks what bot or worker remember. */
export function judge(evidence: Evidence): Verdict[] {
  return [
    ...judgePlans(evidence),
    ...judgeVersions(evidence),
    ...judgeOrder(evidence),
    ...judgeAvailability(evidence),
    ...judgeWork(evidence),
    ...judgeRemains(evidence),
    ...judgePower(evidence),
  ];
}
