import type { Simulation } from '../simulation.ts';
import { keyOf } from '../store/object-store.ts';
import type { Pod } from '../store/objects.ts';
import { isFinished } from './pod-state.ts';

/**
 * Deletes as the API server does: a pod on a node is marked and left to its kubelet, any other one is gone at once.
 * Returns the pod as it was last.
 */
export function deletePod({ store, clock }: Simulation, pod: Pod, graceSeconds?: number): Pod {
  const wanted = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  const grace = pod.spec.nodeName && !isFinished(pod) ? Math.max(wanted, 0) : 0;
  if (grace === 0) {
    store.remove('pods', keyOf(pod));
    const metadata = { ...pod.metadata, deletionTimestamp: clock.timestamp(), deletionGracePeriodSeconds: 0 };
    return { ...pod, metadata };
  }
  const running = pod.metadata.deletionGracePeriodSeconds;
  // A second deletion may shorten the grace period, never lengthen it.
  if (running !== undefined && running <= grace) return pod;
  const marked = store.update('pods', keyOf(pod), draft => {
    draft.metadata.deletionTimestamp = clock.timestamp(grace);
    draft.metadata.deletionGracePeriodSeconds = grace;
    if (running === undefined) draft.metadata.generation = (draft.metadata.generation ?? 1) + 1;
  });
  return marked ?? pod;
}
