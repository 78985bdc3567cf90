import { placeIn } from '../../cluster/capacity.ts';
import type { BudgetView, PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check, CheckContext } from './check.ts';
import { counted, listed, podName } from './wording.ts';

/**
 * Whether the pods of each drained node would find a place on the others. A pod without one stays Pending until its node
 * is back: a warning, because that is downtime but no damage. Where a budget needs those pods healthy to let the rest
 * go, the drain itself would never end: a block.
 */
export const room: Check = {
  code: 'NO_ROOM',
  ok: 'Every drained pod finds room on another node.',
  look: context => {
    const homeless = homelessByNode(context);
    return [...deadlocks(homeless, context), ...pending(homeless)];
  },
};

type HomelessByNode = ReadonlyMap<string, readonly PodView[]>;

function homelessByNode({ snapshot, drains }: CheckContext): HomelessByNode {
  const placement = placeIn(snapshot.nodes, snapshot.pods);
  const homeless = [...drains.evicted].map(([node, pods]) => [node, placement.homelessWithout(node, pods)] as const);
  return new Map(homeless.filter(([, pods]) => pods.length > 0));
}

function pending(homeless: HomelessByNode): Finding[] {
  if (homeless.size === 0) return [];
  const pods = [...homeless.values()].flat();
  return [
    {
      code: 'NO_ROOM',
      severity: 'warn',
      sentence:
        `${counted(pods.length, 'pod')} would find no room elsewhere and stay Pending during the upgrade of ` +
        `${listed(homeless.keys(), 3)}: ${listed(pods.map(podName), 10)}.`,
      remedy: 'Add a node that their requests, taints, node selector and node affinity allow, or accept the downtime.',
    },
  ];
}

/** More pods of one budget become Pending on one node than the budget can ever spare. */
function deadlocks(homeless: HomelessByNode, { drains }: CheckContext): Finding[] {
  return [...homeless].flatMap(([node, pods]) => {
    const byBudget = new Map<BudgetView, PodView[]>();
    for (const pod of pods.filter(({ ready }) => ready))
      for (const budget of drains.budgetsOf(pod)) byBudget.set(budget, [...(byBudget.get(budget) ?? []), pod]);
    return [...byBudget]
      .filter(([budget, stuck]) => stuck.length > spare(budget) && spare(budget) > 0)
      .map(([budget, stuck]) => deadlock(node, budget, stuck));
  });
}

/** Zero is the business of the budgets' own check. */
function spare({ expectedPods, desiredHealthy, disruptionsAllowed }: BudgetView): number {
  return Math.max(disruptionsAllowed, expectedPods - desiredHealthy);
}

function deadlock(node: string, budget: BudgetView, stuck: readonly PodView[]): Finding {
  return {
    code: 'NO_ROOM_UNDER_PDB',
    severity: 'block',
    sentence:
      `The drain of ${node} could never end: ${counted(stuck.length, 'pod')} of PodDisruptionBudget ` +
      `${budget.namespace}/${budget.name} (${budget.rule}) find no room elsewhere, and it can spare ` +
      `${spare(budget)}: ${listed(stuck.map(podName))}.`,
    remedy: 'Add room for them on other nodes, or loosen the budget for the time of the upgrade.',
  };
}
