import { type Homeless, placeIn } from '../../cluster/room/placement.ts';
import type { ClusterSnapshot } from '../../cluster/snapshot.ts';
import type { DrainView } from './drain-view.ts';

/** Where drained pods would go: all drains of the plan are played through once, for all checks. */
export interface RoomView {
  /** Pods that would stay Pending, each with what keeps it from other nodes. Every one of them is named by some check. */
  readonly homeless: readonly Homeless[];
}

/**
 * One node at a time and in the plan's order, each in the cluster as the drains before have left it. Each node is drained
 * once here: later hops meet the same cluster again.
 */
export function viewRoom(snapshot: ClusterSnapshot, { evicted, fateOf }: DrainView): RoomView {
  const placement = placeIn(snapshot, fateOf);
  return { homeless: [...evicted.keys()].flatMap(node => placement.drain([node])) };
}
