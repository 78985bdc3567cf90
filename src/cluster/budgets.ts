import { indexSelectors } from './selector-index.ts';
import type { BudgetView, PodView } from './snapshot.ts';

/** Finds the budgets of a pod without trying them all. */
export interface BudgetIndex {
  budgetsOf(pod: Pick<PodView, 'namespace' | 'labels'>): readonly BudgetView[];
}

/** Labels that were looked up before, as the same object in the same namespace, are known. */
export function indexBudgets(budgets: readonly BudgetView[]): BudgetIndex {
  const find = indexSelectors(
    budgets.map(budget => ({ budget, selector: budget.selector, namespaces: [budget.namespace] })),
  );
  const known = new Map<object, { readonly namespace: string; readonly found: readonly BudgetView[] }>();
  return {
    budgetsOf({ namespace, labels }) {
      const same = known.get(labels);
      if (same?.namespace === namespace) return same.found;
      const found = find(namespace, labels).map(({ budget }) => budget);
      known.set(labels, { namespace, found });
      return found;
    },
  };
}
