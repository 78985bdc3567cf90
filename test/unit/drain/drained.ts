import type { BudgetView, PodView } from '../../../src/cluster/snapshot.ts';
import type { EvictionOutcome } from '../../../src/drain/eviction.ts';
import { answered, type Evictions, NO_EVICTIONS, observe, takeDue } from '../../../src/drain/evictions.ts';
import { pod } from '../plan/cluster-builder.ts';

export const A = pod('a', 'w-1');
export const B = pod('b', 'w-1');
export const REFUSED = { kind: 'refused', budget: 'web', detail: 'needs 2', retryAfterSeconds: undefined } as const;
export const DENIED = {
  kind: 'denied',
  by: { kind: 'webhook', name: 'evictions.kubevirt.io' },
  detail: 'admission webhook "evictions.kubevirt.io" denied the request: it is being moved',
  retryAfterSeconds: undefined,
} as const;
export const TROUBLE = {
  kind: 'trouble',
  code: 500,
  detail: 'etcdserver: mvcc: database space exceeded',
  retryAfterSeconds: undefined,
} as const;

/** Names of the pods to evict now, and the state after they were asked for. */
export function take(
  state: Evictions,
  budgets: readonly BudgetView[],
  now = 0,
  atOnce = 10,
  order: 'together' | 'priority' = 'together',
) {
  const due = takeDue(state, budgets, { now, atOnce, order });
  return { state: due.state, names: due.evict.map(({ name }) => name) };
}

/** A drain of these pods whose first evictions were all answered like this. */
export function answeredAll(
  pods: readonly PodView[],
  budgets: readonly BudgetView[],
  outcome: EvictionOutcome,
): Evictions {
  const { state } = take(observe(NO_EVICTIONS, pods), budgets);
  return pods.reduce((before, { uid }) => answered(before, uid, outcome, 0), state);
}
