import { setCondition } from '../pods/pod-state.ts';
import { itself, ownerOf, runController, type Simulation } from '../simulation.ts';
import { controllerOf, controllerRef, newObject } from '../store/new-object.ts';
import { keyOf } from '../store/object-store.ts';
import type { Deployment, ReplicaSet } from '../store/objects.ts';
import { share, templateHash } from './pod-from-template.ts';

/** Deployment to ReplicaSets: a changed template rolls over within maxSurge and maxUnavailable. */
export function runDeploymentController(sim: Simulation): void {
  const sets = new Map<string, Map<string, ReplicaSet>>();
  sim.store.subscribe('replicasets', ({ type, object }) => {
    const owner = controllerOf(object)?.uid ?? '';
    const own = sets.get(owner) ?? new Map<string, ReplicaSet>();
    if (type === 'DELETED') own.delete(keyOf(object));
    else own.set(keyOf(object), object);
    sets.set(owner, own);
  });
  runController(sim, {
    name: 'deployment',
    watches: { deployments: itself, replicasets: ownerOf('Deployment') },
    reconcile: key => {
      const deployment = sim.store.at('deployments', key);
      if (!deployment) return;
      const own = () => [...(sets.get(deployment.metadata.uid)?.values() ?? [])];
      const hash = templateHash(deployment.spec.template);
      const current = own().find(set => set.metadata.labels?.['pod-template-hash'] === hash);
      if (!current) createSet(sim, deployment, hash);
      roll(sim, deployment, own(), hash);
      writeStatus(sim, deployment, own(), hash);
    },
  });
}

function createSet(sim: Simulation, deployment: Deployment, hash: string): void {
  const { metadata, spec } = deployment;
  const labels = { ...spec.template.metadata?.labels, 'pod-template-hash': hash };
  sim.store.create(
    'replicasets',
    newObject(
      'replicasets',
      {
        name: `${metadata.name}-${hash}`,
        namespace: metadata.namespace ?? 'default',
        labels,
        owner: controllerRef(deployment),
        spec: {
          replicas: 0,
          selector: { matchLabels: { ...spec.selector.matchLabels, 'pod-template-hash': hash } },
          template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
        },
        status: { replicas: 0 },
      },
      sim.clock.timestamp(),
    ),
  );
}

function roll(sim: Simulation, { spec }: Deployment, sets: readonly ReplicaSet[], hash: string): void {
  const wanted = spec.replicas ?? 1;
  const newest = sets.find(set => isCurrent(set, hash));
  if (!newest) return;
  const older = sets.filter(set => set !== newest && replicasOf(set) > 0);
  if (older.length === 0) {
    scale(sim, newest, wanted);
    return;
  }
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const total = sets.reduce((sum, set) => sum + replicasOf(set), 0);
  const room = wanted + share(maxSurge, wanted, Math.ceil) - total;
  scale(sim, newest, Math.min(wanted, replicasOf(newest) + Math.max(0, room)));
  const available = sets.reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0);
  let removable = available - (wanted - share(maxUnavailable, wanted, Math.floor));
  for (const set of older) {
    const remove = Math.min(replicasOf(set), Math.max(0, removable));
    scale(sim, set, replicasOf(set) - remove);
    removable -= remove;
  }
}

function writeStatus({ store, clock }: Simulation, deployment: Deployment, sets: readonly ReplicaSet[], hash: string) {
  const sum = (pick: (set: ReplicaSet) => number | undefined) =>
    sets.reduce((total, set) => total + (pick(set) ?? 0), 0);
  const wanted = deployment.spec.replicas ?? 1;
  const available = sum(set => set.status.availableReplicas);
  const floor = wanted - share(deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', wanted, Math.floor);
  store.update('deployments', keyOf(deployment), draft => {
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      replicas: sum(set => set.status.replicas),
      updatedReplicas: sum(set => (isCurrent(set, hash) ? set.status.replicas : 0)),
      readyReplicas: sum(set => set.status.readyReplicas),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, wanted - available),
      conditions: setCondition(
        draft.status.conditions,
        { type: 'Available', status: available >= floor ? 'True' : 'False' },
        clock.timestamp(),
      ),
    };
  });
}

function scale({ store }: Simulation, set: ReplicaSet, replicas: number): void {
  store.update('replicasets', keyOf(set), draft => {
    draft.spec.replicas = replicas;
  });
}

function replicasOf(set: ReplicaSet): number {
  return set.spec.replicas ?? 1;
}

function isCurrent(set: ReplicaSet, hash: string): boolean {
  return set.metadata.labels?.['pod-template-hash'] === hash;
}
