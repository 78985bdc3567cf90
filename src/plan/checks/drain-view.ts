import { indexBudgets } from '../../cluster/budgets.ts';
import { LOOKS } from '../../cluster/looks.ts';
import type { Fate } from '../../cluster/room/kinds.ts';
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
  /** Pods on drained nodes whose DaemonSet is gone; evicted by force only. Empty where DaemonSets could not be read. */
  readonly orphans: readonly PodView[];
  /** Those that leave and that nothing creates again: by force only. */
  readonly lost: ReadonlySet<PodView>;
  /** The evicted pods that each budget guards. */
  readonly guarded: ReadonlyMap<BudgetView, readonly PodView[]>;
  fateOf(pod: PodView): Fate;
  budgetsOf(pod: PodView): readonly BudgetView[];
}

export function viewDrains(
  snapshot: ClusterSnapshot,
  hops: readonly Hop[],
  policy: Pick<DrainPolicy, 'podSelector' | 'force'>,
): DrainView {
  const passes = hops.flatMap(hop => hop.stages).flatMap(stage => stage.passes);
  const drained = passes.filter(pass => pass.phase === 'kubelet').flatMap(pass => pass.nodes.map(node => node.name));
  const evicted = new Map<string, PodView[]>(drained.map(name => [name, []]));
  const leaving: PodView[] = [];
  const mirrors: PodView[] = [];
  const orphans: PodView[] = [];
  const lost = new Set<PodView>();
  const guarded = new Map<BudgetView, PodView[]>();
  const { budgetsOf } = indexBudgets(snapshot.budgets);
  const { leaves, isOrphan, isLost } = filters(snapshot, policy);
  for (const pod of snapshot.pods) {
    const onNode = pod.node === undefined ? undefined : evicted.get(pod.node);
    if (!onNode) continue;
    if (pod.mirror) mirrors.push(pod);
    if (isOrphan(pod)) orphans.push(pod);
    if (!leaves(pod)) continue;
    onNode.push(pod);
    leaving.push(pod);
    if (isLost(pod)) lost.add(pod);
    for (const budget of budgetsOf(pod)) {
      const known = guarded.get(budget);
      if (known) known.push(pod);
      else guarded.set(budget, [pod]);
    }
  }
  const fateOf = (pod: PodView): Fate => {
    if (pod.node === undefined || !evicted.has(pod.node) || !leaves(pod)) return 'stays';
    return lost.has(pod) ? 'goes' : 'moves';
  };
  return { evicted, leaving, mirrors, orphans, lost, guarded, fateOf, budgetsOf };
}

/**
 * As kubectl drain filters: static pods and DaemonSet pods stay, but for those of no DaemonSet, which leave by force;
 * finished and vanishing pods need no budget or room.
 */
function filters(
  { daemonSets, unreadable }: ClusterSnapshot,
  { podSelector, force }: Pick<DrainPolicy, 'podSelector' | 'force'>,
) {
  const isKnown = !unreadable.some(({ what }) => what === LOOKS.daemonSets);
  const isSelected = ({ labels }: PodView) => !podSelector || matchesSelector(podSelector, labels);
  const isGone = ({ namespace, controller }: PodView) =>
    isKnown && controller?.kind === 'DaemonSet' && !daemonSets.has(`${namespace}/${controller.name}`);
  return {
    isOrphan: (pod: PodView) => isGone(pod) && isAlive(pod) && isSelected(pod),
    leaves: (pod: PodView) =>
      !pod.mirror &&
      isAlive(pod) &&
      (pod.controller?.kind !== 'DaemonSet' || (force && isGone(pod))) &&
      isSelected(pod),
    /** Without force the drain would not begin, and the plan is stopped. */
    isLost: (pod: PodView) => force && (pod.controller === undefined || isGone(pod)),
  };
}

/** Neither finished nor vanishing. */
export function isAlive({ phase, deletingSince }: PodView): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed' && deletingSince === undefined;
}
