import type { BudgetView, PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/**
 * Budgets that allow no disruption (kubernetes.io: disruptions, api-eviction). One that could not allow any even with
 * every pod healthy stops the plan, because the drain would wait for ever; one that is only used up now is warned about.
 */
export const budgets: Check = {
  code: 'PDB_BLOCKS_DRAIN',
  ok: 'Every disruption budget allows its pods to be moved.',
  look: ({ drains }) =>
    [...drains.guarded].flatMap(([budget, pods]) => {
      const bound = pods.filter(pod => isBound(budget, pod));
      if (bound.length === 0 || allowsNow(budget)) return [];
      return [neverAllows(budget) ? blocks(budget, bound) : exhausted(budget, bound)];
    }),
};

/** Pending pods are evicted whatever the budget says, unready ones where the budget's policy is AlwaysAllow. */
function isBound(budget: BudgetView, pod: PodView): boolean {
  return pod.phase !== 'Pending' && (pod.ready || !budget.alwaysEvictUnhealthy);
}

function allowsNow({ disruptionsAllowed, currentHealthy, desiredHealthy }: BudgetView): boolean {
  return disruptionsAllowed > 0 && currentHealthy > desiredHealthy;
}

function neverAllows({ desiredHealthy, expectedPods }: BudgetView): boolean {
  return expectedPods > 0 && desiredHealthy >= expectedPods;
}

function blocks(budget: BudgetView, pods: readonly PodView[]): Finding {
  return {
    code: 'PDB_BLOCKS_DRAIN',
    severity: 'block',
    sentence:
      `${describe(budget)} never allows a disruption: it wants ${budget.desiredHealthy} of ` +
      `${counted(budget.expectedPods, 'pod')} healthy. It guards ${where(pods)}.`,
    remedy: 'Run more replicas than the budget asks for, or loosen or remove the budget for the time of the upgrade.',
  };
}

function exhausted(budget: BudgetView, pods: readonly PodView[]): Finding {
  return {
    code: 'PDB_EXHAUSTED',
    severity: 'warn',
    sentence:
      `${describe(budget)} allows no disruption at the moment: ${budget.currentHealthy} of ` +
      `${counted(budget.expectedPods, 'pod')} are healthy, ${budget.desiredHealthy} must be. It guards ${where(pods)}.`,
    remedy: 'The drain will wait until more pods are healthy; look at why they are not.',
  };
}

function describe({ namespace, name, rule }: BudgetView): string {
  return `PodDisruptionBudget ${namespace}/${name} (${rule})`;
}

function where(pods: readonly PodView[]): string {
  const nodes = pods.flatMap(({ node }) => node ?? []);
  return `${listed(pods.map(podName), 3)} on ${listed(nodes, 3)}`;
}
