import type { BudgetView } from '../../cluster/snapshot.ts';
import { selectorView } from './selectors.ts';
import type { WireBudget } from './wire.ts';

/** A budget without a status has not been looked at by its controller yet: it allows nothing. */
export function budgetView({ metadata = {}, spec = {}, status = {} }: WireBudget): BudgetView {
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    selector: selectorView(spec.selector),
    rule: ruleOf(spec),
    currentHealthy: status.currentHealthy ?? 0,
    desiredHealthy: status.desiredHealthy ?? 0,
    expectedPods: status.expectedPods ?? 0,
    disruptionsAllowed: status.disruptionsAllowed ?? 0,
    alwaysEvictUnhealthy: spec.unhealthyPodEvictionPolicy === 'AlwaysAllow',
  };
}

function ruleOf({ minAvailable, maxUnavailable }: NonNullable<WireBudget['spec']>): string {
  if (minAvailable !== undefined) return `minAvailable: ${minAvailable}`;
  return maxUnavailable === undefined ? 'no rule' : `maxUnavailable: ${maxUnavailable}`;
}
