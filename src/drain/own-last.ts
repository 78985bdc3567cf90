import type { PodView } from '../cluster/snapshot.ts';

/**
 * The pod of the worker that carries the drain out leaves once all others have left: with its own eviction it stops, and
 * whoever goes on then finds nothing but that one pod to wait for. `own`: its UID, where it runs in the cluster.
 */
export function withOwnLast(leaving: readonly PodView[], own: string | undefined): readonly PodView[] {
  const others = leaving.filter(({ uid }) => uid !== own);
  return others.length > 0 ? others : leaving;
}
