import { add, fits, NO_RESOURCES, type Resources, subtract } from './resources.ts';
import { matchesAffinity } from './selector.ts';
import type { NodeView, PodView, Taint, Toleration } from './snapshot.ts';

/** What a node's pods leave free of its allocatable resources, by node name. Finished pods hold nothing. */
export function freeByNode(nodes: readonly NodeView[], pods: readonly PodView[]): Map<string, Resources> {
  const used = new Map<string, Resources>();
  for (const pod of pods) {
    if (pod.node === undefined || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    used.set(pod.node, add(used.get(pod.node) ?? NO_RESOURCES, requestsOf(pod)));
  }
  return new Map(nodes.map(({ name, allocatable }) => [name, subtract(allocatable, used.get(name) ?? NO_RESOURCES)]));
}

/** What the scheduler reserves for a pod: its requests and one place among the node's pods. */
function requestsOf(pod: PodView): Resources {
  return { ...pod.requests, pods: 1 };
}

/** Whether the scheduler would consider the node at all: taints, node selector, required node affinity. */
export function accepts(node: NodeView, pod: PodView): boolean {
  return (
    node.taints.every(taint => taint.effect === 'PreferNoSchedule' || tolerates(pod.tolerations, taint)) &&
    Object.entries(pod.nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    matchesAffinity(pod.nodeAffinity, node.name, node.labels)
  );
}

/** Pods of one shape fit on the same nodes. */
function shapeOf({ requests, tolerations, nodeSelector, nodeAffinity }: PodView): string {
  return JSON.stringify([requests.cpuMilli, requests.memoryBytes, tolerations, nodeSelector, nodeAffinity]);
}

/** Finds places for the pods of one node after the other, each time in the cluster as it stands. */
export interface Placement {
  /** The pods that no other node could take, when the named node's pods leave it. First fit, largest first. */
  homelessWithout(node: string, leaving: readonly PodView[]): PodView[];
}

/**
 * Ready, uncordoned nodes are candidates. Which nodes can take a shape at all is looked up once and only as far as it
 * is needed, so that the work grows with nodes + pods as long as there is room. Requests, taints, node selectors, node
 * affinity and the pod limit count; affinity between pods, spreading, volumes and preemption do not.
 */
export function placeIn(nodes: readonly NodeView[], pods: readonly PodView[]): Placement {
  const free = freeByNode(nodes, pods);
  const candidates = nodes
    .filter(node => node.ready === 'True' && !node.unschedulable)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const searches = new Map<string, Search>();
  const freeOn = (name: string) => free.get(name) ?? NO_RESOURCES;
  const searchFor = (pod: PodView): Search => {
    const shape = shapeOf(pod);
    const known = searches.get(shape) ?? lazily(candidates, node => canTake(node, pod, freeOn(node.name)));
    searches.set(shape, known);
    return known;
  };
  return {
    homelessWithout(node, leaving) {
      const placed = new Map<string, Resources>();
      const cursors = new Map<Search, number>();
      return [...leaving].sort(largestFirst).filter(pod => {
        const search = searchFor(pod);
        let place = cursors.get(search) ?? 0;
        let home = search.at(place);
        while (home && (home.name === node || !fits(requestsOf(pod), left(home.name, freeOn, placed)))) {
          place += 1;
          home = search.at(place);
        }
        cursors.set(search, place);
        if (home) placed.set(home.name, add(placed.get(home.name) ?? NO_RESOURCES, requestsOf(pod)));
        return home === undefined;
      });
    },
  };
}

/** The n-th node that suits, found on demand and remembered. */
interface Search {
  at(place: number): NodeView | undefined;
}

function lazily(candidates: readonly NodeView[], suits: (node: NodeView) => boolean): Search {
  const found: NodeView[] = [];
  let scanned = 0;
  return {
    at(place) {
      while (found.length <= place && scanned < candidates.length) {
        const candidate = candidates[scanned];
        scanned += 1;
        if (candidate && suits(candidate)) found.push(candidate);
      }
      return found[place];
    },
  };
}

function canTake(node: NodeView, pod: PodView, free: Resources): boolean {
  return fits(requestsOf(pod), free) && accepts(node, pod);
}

function left(name: string, freeOn: (name: string) => Resources, placed: ReadonlyMap<string, Resources>): Resources {
  const taken = placed.get(name);
  return taken ? subtract(freeOn(name), taken) : freeOn(name);
}

function largestFirst(a: PodView, b: PodView): number {
  return (
    b.requests.memoryBytes - a.requests.memoryBytes ||
    b.requests.cpuMilli - a.requests.cpuMilli ||
    (a.namespace < b.namespace ? -1 : a.namespace > b.namespace ? 1 : a.name < b.name ? -1 : 1)
  );
}

/** kubernetes.io: taint-and-toleration. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === taint.effect) &&
      (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || value === taint.value),
  );
}
