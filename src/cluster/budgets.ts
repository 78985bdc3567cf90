import { matchesSelector } from './selector.ts';
import type { BudgetView, PodView } from './snapshot.ts';

/** Finds the budgets of a pod without trying them all. */
export interface BudgetIndex {
  budgetsOf(pod: Pick<PodView, 'namespace' | 'labels'>): BudgetView[];
}

interface NamespaceBudgets {
  /** By `key=value` of one of the selector's labels: only pods with that label can match. */
  readonly byLabel: Map<string, BudgetView[]>;
  /** Selectors without matchLabels; tried on every pod of the namespace. */
  readonly others: BudgetView[];
}

/** A look-up costs the pod's labels and the budgets that may match, not all budgets of the namespace. */
export function indexBudgets(budgets: readonly BudgetView[]): BudgetIndex {
  const namespaces = new Map<string, NamespaceBudgets>();
  for (const budget of budgets) {
    const namespace: NamespaceBudgets = namespaces.get(budget.namespace) ?? { byLabel: new Map(), others: [] };
    namespaces.set(budget.namespace, namespace);
    const [label] = Object.entries(budget.selector.matchLabels);
    if (!label) namespace.others.push(budget);
    else append(namespace.byLabel, keyOf(label), budget);
  }
  return {
    budgetsOf({ namespace, labels }) {
      const candidates = namespaces.get(namespace);
      if (!candidates) return [];
      const labelled =
        candidates.byLabel.size === 0
          ? []
          : Object.entries(labels).flatMap(label => candidates.byLabel.get(keyOf(label)) ?? []);
      return [...labelled, ...candidates.others].filter(budget => matchesSelector(budget.selector, labels));
    },
  };
}

function keyOf([key, value]: readonly [string, string]): string {
  return `${key}=${value}`;
}

function append(map: Map<string, BudgetView[]>, key: string, budget: BudgetView): void {
  const known = map.get(key);
  if (known) known.push(budget);
  else map.set(key, [budget]);
}
