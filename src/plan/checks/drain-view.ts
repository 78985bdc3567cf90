import { indexBudgets } from '../../cluster/budgets.ts';
import type { BudgetView, ClusterSnapshot, PodView } from '../../cluster/snapshot.ts';
import type { Hop } from '../plan.ts';

/** Who would be moved by the plan's drains: the pods are looked through once, for all checks. */
export interface DrainView {
  /** Pods that a drain evicts, by node; a node that is drained without moving any has an empty list. */
  readonly evicted: ReadonlyMap<string, readonly PodView[]>;
  /** The evicted pods that each budget guards. */
  readonly guarded: ReadonlyMap<BudgetView, readonly PodView[]>;
  budgetsOf(pod: PodView): readonly BudgetView[];
}

export function viewDrains(snapshot: ClusterSnapshot, hops: readonly Hop[]): DrainView {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const drained = passes.filter(pass => pass.phase === 'kubelet').flatMap(pass => pass.nodes.map(node => node.name));
  const evicted = new Map<string, PodView[]>(drained.map(name => [name, []]));
  const guarded = new Map<BudgetView, PodView[]>();
  const budgetsOf = new Map<PodView, readonly BudgetView[]>();
  const index = indexBudgets(snapshot.budgets);
  for (const pod of snapshot.pods) {
    const onNode = pod.node === undefined ? undefined : evicted.get(pod.node);
    if (!onNode || !isEvicted(pod)) continue;
    onNode.push(pod);
    const budgets = index.budgetsOf(pod);
    if (budgets.length > 0) budgetsOf.set(pod, budgets);
    for (const budget of budgets) {
      const known = guarded.get(budget);
      if (known) known.push(pod);
      else guarded.set(budget, [pod]);
    }
  }
  return { evicted, guarded, budgetsOf: pod => budgetsOf.get(pod) ?? [] };
}

/** As kubectl drain filters: static pods and DaemonSet pods stay; finished and vanishing pods need no budget or room. */
function isEvicted(pod: PodView): boolean {
  const finished = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  return !pod.mirror && pod.controller?.kind !== 'DaemonSet' && !finished && pod.deletingSince === undefined;
}
