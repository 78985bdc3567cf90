import { deletePod } from '../pods/delete-pod.ts';
import { isActive, isFinished, isReady } from '../pods/pod-state.ts';
import { itself, ownerOf, runController, type Simulation } from '../simulation.ts';
import type { Pod, StatefulSet } from '../store/objects.ts';
import { createPodFrom, templateHash } from './pod-from-template.ts';

const REVISION = 'controller-revision-hash';

/** One pod per ordinal under a fixed name: the next is made only when the one before is Ready, and never twice at once. */
export function runStatefulSetController(sim: Simulation): void {
  runController(sim, {
    name: 'statefulset',
    watches: { statefulsets: itself, pods: ownerOf('StatefulSet') },
    reconcile: key => {
      const set = sim.store.at('statefulsets', key);
      if (!set) return;
      const revision = `${set.metadata.name}-${templateHash(set.spec.template)}`;
      fill(sim, set, revision);
      replaceOutdated(sim, set, revision);
      writeStatus(sim, set, key, revision);
    },
  });
}

function fill(sim: Simulation, set: StatefulSet, revision: string): void {
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const wanted = set.spec.replicas ?? 1;
  for (let ordinal = 0; ordinal < wanted; ordinal += 1) {
    const name = `${set.metadata.name}-${ordinal}`;
    const pod = sim.store.get('pods', set.metadata.namespace, name);
    if (!pod) {
      const labels = { [REVISION]: revision, 'statefulset.kubernetes.io/pod-name': name };
      createPodFrom(sim, set, set.spec.template, {
        name,
        labels: { ...labels, 'apps.kubernetes.io/pod-index': String(ordinal) },
      });
      if (ordered) return;
    } else if (isFinished(pod)) {
      deletePod(sim, pod, 0);
      return;
    } else if (ordered && !(isReady(pod) && isActive(pod))) return;
  }
  for (const pod of sim.pods.ownedBy(set.metadata.uid)) {
    if (ordinalOf(pod) >= wanted && isActive(pod)) deletePod(sim, pod);
  }
}

/** Rolling update: the highest outdated ordinal goes when all pods are there and Ready. */
function replaceOutdated(sim: Simulation, set: StatefulSet, revision: string): void {
  const pods = sim.pods.ownedBy(set.metadata.uid);
  if (pods.length !== (set.spec.replicas ?? 1) || !pods.every(pod => isReady(pod) && isActive(pod))) return;
  const outdated = pods.filter(pod => pod.metadata.labels?.[REVISION] !== revision);
  const last = outdated.toSorted((a, b) => ordinalOf(b) - ordinalOf(a))[0];
  if (last) deletePod(sim, last);
}

function writeStatus(sim: Simulation, set: StatefulSet, key: string, revision: string): void {
  const pods = sim.pods.ownedBy(set.metadata.uid);
  const ready = pods.filter(pod => isReady(pod) && isActive(pod)).length;
  sim.store.update('statefulsets', key, draft => {
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      updatedReplicas: pods.filter(pod => pod.metadata.labels?.[REVISION] === revision).length,
      updateRevision: revision,
    };
  });
}

function ordinalOf(pod: Pod): number {
  return Number(pod.metadata.name.slice(pod.metadata.name.lastIndexOf('-') + 1));
}
