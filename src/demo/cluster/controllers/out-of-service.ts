import { OUT_OF_SERVICE } from '../../../cluster/taints.ts';
import { deletePod } from '../pods/delete-pod.ts';
import { tolerates } from '../scheduler.ts';
import type { Simulation } from '../simulation.ts';
import { keyOf } from '../store/object-store.ts';
import type { Node } from '../store/objects.ts';
import { TIMINGS } from '../timings.ts';

/**
 * A node that bears the taint is sent its pods away by the taint eviction; while it is not Ready, the pod garbage collector
 * deletes what hangs there without asking its kubelet, each time it comes round (gcTerminating, by the key alone).
 */
export function runOutOfService(sim: Simulation): void {
  const borne = new Set<string>();
  sim.store.subscribe('nodes', ({ type, object }) => {
    const { name } = object.metadata;
    if (type === 'DELETED' || !isOutOfService(object)) return void borne.delete(name);
    if (borne.has(name)) return;
    borne.add(name);
    sim.loop.enqueue(`out of service ${name}`, () => sendAway(sim, name));
    comeRound(name);
  });
  function comeRound(name: string): void {
    sim.clock.after(TIMINGS.node.podsCollected, () => {
      if (!borne.has(name)) return;
      sim.loop.enqueue(`hanging pods of ${name}`, () => collect(sim, name));
      comeRound(name);
    });
  }
}

function sendAway(sim: Simulation, name: string): void {
  for (const pod of sim.pods.onNode(name)) {
    if (!tolerates(pod.spec, [OUT_OF_SERVICE], ['NoExecute'])) deletePod(sim, pod);
  }
}

function collect(sim: Simulation, name: string): void {
  const node = sim.store.get('nodes', undefined, name);
  const isReady = node?.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  if (!node || !isOutOfService(node) || isReady) return;
  for (const pod of sim.pods.onNode(name)) {
    if (pod.metadata.deletionTimestamp) sim.store.remove('pods', keyOf(pod));
  }
}

function isOutOfService({ spec }: Node): boolean {
  return spec.taints?.some(({ key }) => key === OUT_OF_SERVICE.key) ?? false;
}
