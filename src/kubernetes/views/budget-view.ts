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
    evicting: Object.keys(status.disruptedPods ?? {}).length,
    observed: (status.observedGeneration ?? 0) >= (metadata.generation ?? 0),
    syncError: syncErrorOf(status),
    alwaysEvictUnhealthy: spec.unhealthyPodEvictionPolicy === 'AlwaysAllow',
  };
}

/** The disruption controller writes it where it finds no number of replicas for a pod, such as one of a Job. */
function syncErrorOf({ conditions = [] }: NonNullable<WireBudget['status']>): string | undefined {
  const failed = conditions.find(({ type, reason }) => type === 'DisruptionAllowed' && reason === 'SyncFailed');
  return failed && (failed.message ?? '');
}

function ruleOf({ minAvailable, maxUnavailable }: NonNullable<WireBudget['spec']>): string {
  if (minAvailable !== undefined) return `minAvailable: ${minAvailable}`;
  return maxUnavailable === undefined ? 'no rule' : `maxUnavailable: ${maxUnavailable}`;
}
