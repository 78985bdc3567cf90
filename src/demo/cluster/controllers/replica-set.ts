import { deletePod } from '../pods/delete-pod.ts';
import { isActive, isReady } from '../pods/pod-state.ts';
import { itself, ownerOf, runController, type Simulation } from '../simulation.ts';
import type { Pod } from '../store/objects.ts';
import { createPodFrom } from './pod-from-template.ts';

/** Keeps as many active pods as are wanted; one that is being deleted is replaced at once. */
export function runReplicaSetController(sim: Simulation): void {
  runController(sim, {
    name: 'replicaset',
    watches: { replicasets: itself, pods: ownerOf('ReplicaSet') },
    reconcile: key => {
      const set = sim.store.at('replicasets', key);
      if (!set) return;
      const active = sim.pods.ownedBy(set.metadata.uid).filter(isActive);
      const missing = (set.spec.replicas ?? 1) - active.length;
      for (let index = 0; index < missing; index += 1) createPodFrom(sim, set, set.spec.template);
      for (const pod of active.toSorted(leastReadyFirst).slice(0, Math.max(0, -missing))) deletePod(sim, pod);
      const now = sim.pods.ownedBy(set.metadata.uid).filter(isActive);
      const ready = now.filter(isReady).length;
      sim.store.update('replicasets', key, draft => {
        draft.status = {
          observedGeneration: draft.metadata.generation ?? 1,
          replicas: now.length,
          readyReplicas: ready,
          availableReplicas: ready,
        };
      });
    },
  });
}

function leastReadyFirst(a: Pod, b: Pod): number {
  return Number(isReady(a)) - Number(isReady(b));
}
