import { indexBudgets } from '../../cluster/budgets.ts';
import { matchesSelector } from '../../cluster/selector.ts';
import type { BudgetView, ClusterSnapshot, PodView } from '../../cluster/snapshot.ts';
import type { DrainPolicy } from '../../policy/policy.ts';
import type { Hop } from '../plan.ts';

/** Who would be moved by the plan's drains: the pods are looked through once, for all checks. */
export interface DrainView {
  /** Pods that a drain evicts, by node; a node that is drained without moving any has an empty list. */
  readonly evicted: ReadonlyMap<string, readonly PodView[]>;
  /** All of them in one list. */
  readonly leaving: readonly PodView[];
  /** Static pods on drained nodes; no drain moves them. */
  readonly mirrors: readonly PodView[];
  /** Pods on drained nodes whose DaemonSet is gone. */
  readonly orphans: readonly PodView[];
  /** The evicted pods that each budget guards. */
  readonly guarded: ReadonlyMap<BudgetView, readonly PodView[]>;
  /** Whether a drain evicts the pod. */
  moves(pod: PodView): boolean;
  budgetsOf(pod: PodView): readonly BudgetView[];
}

export function viewDrains(
  snapshot: ClusterSnapshot,
  hops: readonly Hop[],
  { podSelector }: Pick<DrainPolicy, 'podSelector'>,
): DrainView {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const drained = passes.filter(pass => pass.phase === 'kubelet').flatMap(pass => pass.nodes.map(node => node.name));
  const evicted = new Map<string, PodView[]>(drained.map(name => [name, []]));
  const leaving: PodView[] = [];
  const mirrors: PodView[] = [];
  const orphans: PodView[] = [];
  const guarded = new Map<BudgetView, PodView[]>();
  const { budgetsOf } = indexBudgets(snapshot.budgets);
  const leaves = (pod: PodView) => isEvicted(pod) && (!podSelector || matchesSelector(podSelector, pod.labels));
  for (const pod of snapshot.pods) {
    const onNode = pod.node === undefined ? undefined : evicted.get(pod.node);
    if (!onNode) continue;
    if (pod.mirror) mirrors.push(pod);
    if (isOrphan(pod, snapshot.daemonSets)) orphans.push(pod);
    if (!leaves(pod)) continue;
    onNode.push(pod);
    leaving.push(pod);
    for (const budget of budgetsOf(pod)) {
      const known = guarded.get(budget);
      if (known) known.push(pod);
      else guarded.set(budget, [pod]);
    }
  }
  const moves = (pod: PodView) => pod.node !== undefined && evicted.has(pod.node) && leaves(pod);
  return { evicted, leaving, mirrors, orphans, guarded, moves, budgetsOf };
}

/** As kubectl drain filters: static pods and DaemonSet pods stay; finished and vanishing pods need no budget or room. */
function isEvicted(pod: PodView): boolean {
  const finished = pod.phase === 'Succeeded' || pod.phase === 'Failed';
  return !pod.mirror && pod.controller?.kind !== 'DaemonSet' && !finished && pod.deletingSince === undefined;
}

function isOrphan({ namespace, controller, phase, deletingSince }: PodView, daemonSets: ReadonlySet<string>): boolean {
  const lives = phase !== 'Succeeded' && phase !== 'Failed' && deletingSince === undefined;
  return lives && controller?.kind === 'DaemonSet' && !daemonSets.has(`${namespace}/${controller.name}`);
}
