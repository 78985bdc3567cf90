import type { BudgetView, PodView } from '../../cluster/snapshot.ts';
import type { DrainView } from './drain-view.ts';
import type { Departure, RoomView } from './room-view.ts';

/** Pods that do one thing together, such as those of a workload or behind a Service. */
export interface Crew {
  /** How many of them do it now. */
  readonly size: number;
  /** The one node on which all of them run, if there is one. */
  readonly node: string | undefined;
}

/** A drain that leaves nobody of a crew. */
export interface Taking {
  readonly node: string;
  /** How many leave with it; the others have not come back from an earlier one. */
  readonly pods: number;
  /** Whether they come to stand together by drains before, as far as can be told. */
  readonly gathered: boolean;
}

/**
 * The first drain of the plan that takes all of a crew at once; crews that no drain does that to are missing. A drain evicts
 * its pods all together, so that nobody is there until replacements are up. `crewOf` tells only those that do it now.
 */
export function takenAtOnce<Name>(
  crews: ReadonlyMap<Name, Crew>,
  crewsOf: (pod: PodView) => readonly Name[],
  { departures }: Pick<RoomView, 'departures'>,
): Map<Name, Taking> {
  const takings = new Map<Name, Taking>();
  if (crews.size === 0) return takings;
  const pending = new Map<Name, number>();
  for (const { node, leaving, stranded } of departures) {
    for (const [name, pods] of countBy(leaving, crewsOf)) {
      const crew = crews.get(name);
      if (!crew || takings.has(name) || pods + (pending.get(name) ?? 0) < crew.size) continue;
      takings.set(name, { node, pods, gathered: crew.node !== node });
    }
    for (const [name, pods] of countBy(stranded, crewsOf)) pending.set(name, (pending.get(name) ?? 0) + pods);
  }
  return takings;
}

function countBy<Name>(
  pods: Departure['leaving'],
  crewsOf: (pod: PodView) => readonly Name[],
): ReadonlyMap<Name, number> {
  const counts = new Map<Name, number>();
  for (const pod of pods) for (const name of crewsOf(pod)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

export function crewOf(pods: readonly PodView[]): Crew {
  const [first] = pods;
  return { size: pods.length, node: pods.every(({ node }) => node === first?.node) ? first?.node : undefined };
}

/**
 * Whether a budget lets no drain take all of a crew before others are healthy in their place (kubernetes.io: disruptions).
 * One that selects other pods as well may be content with those.
 */
export function isKept(crew: readonly PodView[], { budgetsOf }: Pick<DrainView, 'budgetsOf'>): boolean {
  const guarded = new Map<BudgetView, number>();
  for (const pod of crew) for (const budget of budgetsOf(pod)) guarded.set(budget, (guarded.get(budget) ?? 0) + 1);
  return [...guarded].some(
    ([{ desiredHealthy, currentHealthy }, pods]) => desiredHealthy > Math.max(0, currentHealthy - pods),
  );
}
