import type { BudgetIndex } from '../cluster/budgets.ts';
import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { Evictions } from './evictions.ts';

/**
 * The budgets of which the pod's eviction takes something: a view that nothing was taken from may stay as it is for ever.
 * Pods that have not begun, have ended or are leaving go past their budgets (kube-apiserver: pod eviction).
 */
export function usedBy(pod: PodView, covering: readonly BudgetView[]): readonly BudgetView[] {
  const counts = (pod.phase === 'Running' || pod.phase === 'Unknown') && pod.deletingSince === undefined;
  return counts ? covering.filter(budget => !isExempt(pod, budget)) : [];
}

/** Pods that are not ready do not count as a disruption (unhealthyPodEvictionPolicy, both of its values). */
export function isExempt(pod: PodView, budget: BudgetView): boolean {
  const healthyEnough = budget.desiredHealthy > 0 && budget.currentHealthy >= budget.desiredHealthy;
  return !pod.ready && (budget.alwaysEvictUnhealthy || healthyEnough);
}

/** Evictions without an answer, by the views of their budgets that came after they were asked for. */
export function askedBefore({ underWay }: Evictions, { budgetsOf }: BudgetIndex): ReadonlyMap<BudgetView, number> {
  return countBudgets(
    [...underWay.values()].map(({ pod, budgets }) =>
      usedBy(pod, budgetsOf(pod)).filter(budget => !budgets.includes(budget)),
    ),
  );
}

export function countBudgets(covering: readonly (readonly BudgetView[])[]): Map<BudgetView, number> {
  const counts = new Map<BudgetView, number>();
  for (const budgets of covering) addOne(counts, budgets);
  return counts;
}

export function addOne(counts: Map<BudgetView, number>, budgets: readonly BudgetView[]): void {
  for (const budget of budgets) counts.set(budget, (counts.get(budget) ?? 0) + 1);
}
