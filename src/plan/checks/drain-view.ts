import { type BudgetIndex, indexBudgets } from '../../cluster/budgets.ts';
import type { ClusterSnapshot, PodView } from '../../cluster/snapshot.ts';
import type { Hop } from '../plan.ts';

/** Who would be moved by the plan's drains: the pods are looked through once, for all checks. */
export interface DrainView {
  /** Names of the nodes that are drained at least once, in the order of their first drain. */
  readonly nodes: readonly string[];
  /** Pods on each drained node that a drain evicts. */
  readonly evicted: ReadonlyMap<string, readonly PodView[]>;
  readonly budgets: BudgetIndex;
}

export function viewDrains(snapshot: ClusterSnapshot, hops: readonly Hop[]): DrainView {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const drained = passes.filter(pass => pass.phase === 'kubelet').flatMap(pass => pass.nodes.map(node => node.name));
  const evicted = new Map<string, PodView[]>(drained.map(name => [name, []]));
  for (const pod of snapshot.pods) {
    const onNode = pod.node === undefined ? undefined : evicted.get(pod.node);
    if (onNode && isEvicted(pod)) onNode.push(pod);
  }
  return { nodes: [...evicted.keys()], evicted, budgets: indexBudgets(snapshot.budgets) };
}

/** As kubectl drain filters: static pods and DaemonSet pods stay; finished and vanishing pods need no room. */
function isEvicted(pod: PodView): boolean {
  const finished = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  return !pod.mirror && pod.controller?.kind !== 'DaemonSet' && !finished && pod.deletingSince === undefined;
}
