import { fits, parseQuantity, type Resources, subtract } from '../../cluster/resources.ts';
import { matchesAffinity } from '../../cluster/selector.ts';
import { isActive, requestsOf, setCondition } from './pods/pod-state.ts';
import { requirementsOf } from './pods/selector.ts';
import { runController, type Simulation } from './simulation.ts';
import { controllerOf } from './store/new-object.ts';
import { keyOf } from './store/object-store.ts';
import type { Node, Pod, PodSpec, WireTaint } from './store/objects.ts';

/** Binds pods that name no node, to the fitting node with the fewest siblings and the most room. */
export function runScheduler(sim: Simulation): void {
  const waiting = new Set<string>();
  const enqueue = runController(sim, {
    name: 'scheduler',
    watches: {
      pods: event => {
        // Room that becomes free is a chance for every pod that waits.
        if (event.type === 'DELETED') return [...waiting];
        return isActive(event.object) && !event.object.spec.nodeName ? [keyOf(event.object)] : [];
      },
    },
    reconcile: key => {
      waiting.delete(key);
      const pod = sim.store.at('pods', key);
      if (!pod || pod.spec.nodeName || !isActive(pod)) return;
      const node = choose(sim, pod);
      if (node) bind(sim, key, node);
      else {
        waiting.add(key);
        refuse(sim, key);
      }
    },
  });
  sim.store.subscribe('nodes', ({ object, previous }) => {
    if (previous && fitness(previous) === fitness(object)) return;
    for (const key of waiting) enqueue(key);
  });
}

/** What of a node decides whether a pod fits; heartbeats are none of it. */
function fitness({ metadata, spec, status }: Node): string {
  return JSON.stringify([metadata.labels, spec.taints, spec.unschedulable, status.allocatable]);
}

function choose(sim: Simulation, pod: Pod): Node | undefined {
  const wanted = requestsOf(pod);
  const owner = controllerOf(pod)?.uid;
  let best: { node: Node; siblings: number; free: number } | undefined;
  for (const node of candidates(sim, pod.spec)) {
    if (!admits(node, pod.spec)) continue;
    const free = subtract(allocatableOf(node), sim.pods.usedOn(node.metadata.name));
    if (!fits(wanted, free)) continue;
    const siblings = owner ? countSiblings(sim, owner, node.metadata.name) : 0;
    const better = !best || siblings < best.siblings || (siblings === best.siblings && free.cpuMilli > best.free);
    if (better) best = { node, siblings, free: free.cpuMilli };
  }
  return best?.node;
}

function countSiblings(sim: Simulation, owner: string, node: string): number {
  return sim.pods.ownedBy(owner).filter(each => isActive(each) && each.spec.nodeName === node).length;
}

/** A pod whose affinity names its node (a DaemonSet's) needs no look at the others. */
function candidates({ store }: Simulation, spec: PodSpec): Iterable<Node> {
  const [term] = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const pinned = term?.matchFields?.find(each => each.key === 'metadata.name' && each.operator === 'In')?.values?.[0];
  if (pinned === undefined) return store.all('nodes');
  const node = store.get('nodes', undefined, pinned);
  return node ? [node] : [];
}

/** Taints, node selector and required affinity; not room. */
export function admits(node: Node, spec: PodSpec): boolean {
  const labels = node.metadata.labels ?? {};
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return (
    tolerates(spec, node.spec.taints ?? [], ['NoSchedule', 'NoExecute']) &&
    (!node.spec.unschedulable || tolerates(spec, [UNSCHEDULABLE], ['NoSchedule'])) &&
    Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    matchesAffinity(
      terms.map(term => ({ labels: requirementsOf(term.matchExpressions), fields: requirementsOf(term.matchFields) })),
      node.metadata.name,
      labels,
    )
  );
}

export const UNSCHEDULABLE: WireTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

export function tolerates(spec: PodSpec, taints: readonly WireTaint[], effects: readonly string[]): boolean {
  return taints
    .filter(taint => effects.includes(taint.effect))
    .every(taint =>
      (spec.tolerations ?? []).some(
        each =>
          (each.effect === undefined || each.effect === taint.effect) &&
          (each.key === undefined || each.key === taint.key) &&
          (each.operator === 'Exists' || (each.value ?? '') === (taint.value ?? '')),
      ),
    );
}

function allocatableOf(node: Node): Resources {
  const { cpu = '0', memory = '0', pods = '0' } = node.status.allocatable;
  return {
    cpuMilli: 1_000 * (parseQuantity(cpu) ?? 0),
    memoryBytes: parseQuantity(memory) ?? 0,
    pods: parseQuantity(pods) ?? 0,
  };
}

function bind({ store, clock }: Simulation, key: string, node: Node): void {
  store.update('pods', key, pod => {
    pod.spec.nodeName = node.metadata.name;
    const scheduled = { type: 'PodScheduled', status: 'True' } as const;
    pod.status.conditions = setCondition(pod.status.conditions, scheduled, clock.timestamp());
  });
}

function refuse({ store, clock }: Simulation, key: string): void {
  const count = [...store.all('nodes')].length;
  store.update('pods', key, pod => {
    pod.status.conditions = setCondition(
      pod.status.conditions,
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: `0/${count} nodes are available: insufficient room, taints or node selectors.`,
      },
      clock.timestamp(),
    );
  });
}
