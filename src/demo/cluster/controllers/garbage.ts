import { deletePod } from '../pods/delete-pod.ts';
import type { Simulation } from '../simulation.ts';
import { keyOf } from '../store/object-store.ts';
import type { KubeObject, Pod, ResourceName } from '../store/objects.ts';
import { RESOURCES } from '../store/resources.ts';
import { TIMINGS } from '../timings.ts';

/** Deletes what an owner leaves behind (background propagation), and what is in a namespace that goes away. */
export function runGarbageCollector(sim: Simulation): void {
  const dependents = new Map<string, Map<string, { resource: ResourceName; key: string }>>();
  for (const { name: resource } of RESOURCES) {
    sim.store.subscribe(resource, ({ type, object }) => {
      const key = keyOf(object);
      for (const { uid } of object.metadata.ownerReferences ?? []) {
        const own = dependents.get(uid) ?? new Map();
        if (type === 'DELETED') own.delete(`${resource} ${key}`);
        else own.set(`${resource} ${key}`, { resource, key });
        dependents.set(uid, own);
      }
      if (type === 'DELETED') collect(sim, object.metadata.uid, dependents);
    });
  }
  sim.store.subscribe('nodes', ({ type, object }) => {
    const node = object.metadata.name;
    if (type !== 'DELETED') return;
    sim.clock.after(TIMINGS.node.podsOutlive, () => sim.loop.enqueue(`pods of ${node}`, () => bury(sim, node)));
  });
  sim.store.subscribe('namespaces', ({ type, object }) => {
    if (type === 'MODIFIED' && object.metadata.deletionTimestamp) {
      sim.loop.enqueue(`namespace ${object.metadata.name}`, () => empty(sim, object.metadata.name));
    }
  });
  sim.store.subscribe('pods', ({ type, object: { metadata } }) => {
    const namespace = sim.store.get('namespaces', undefined, metadata.namespace ?? '');
    if (type === 'DELETED' && namespace?.metadata.deletionTimestamp) {
      sim.loop.enqueue(`namespace ${namespace.metadata.name}`, () => empty(sim, namespace.metadata.name));
    }
  });
}

function collect(
  sim: Simulation,
  uid: string,
  dependents: Map<string, Map<string, { resource: ResourceName; key: string }>>,
): void {
  const own = dependents.get(uid);
  dependents.delete(uid);
  for (const { resource, key } of own?.values() ?? []) {
    sim.loop.enqueue(`garbage ${resource} ${key}`, () => {
      const object = sim.store.at(resource, key);
      if (object?.metadata.ownerReferences?.every(each => each.uid === uid)) discard(sim, resource, object);
    });
  }
}

/** Pods whose node is no more: nobody is left to stop them. */
function bury(sim: Simulation, node: string): void {
  if (sim.store.get('nodes', undefined, node)) return;
  for (const pod of sim.pods.onNode(node)) deletePod(sim, pod, 0);
}

function empty(sim: Simulation, namespace: string): void {
  for (const { name, namespaced } of RESOURCES) {
    if (!namespaced) continue;
    for (const object of [...sim.store.all(name)]) {
      if (object.metadata.namespace === namespace) discard(sim, name, object);
    }
  }
  const left = [...sim.pods.in(namespace)].length;
  if (left === 0) sim.store.remove('namespaces', namespace);
}

function discard(sim: Simulation, resource: ResourceName, object: KubeObject): void {
  if (resource === 'pods') deletePod(sim, object as Pod);
  else sim.store.remove(resource, keyOf(object));
}
