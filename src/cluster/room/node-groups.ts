import type { NodeView, Taint } from '../snapshot.ts';
import { FreeTree } from './free-tree.ts';
import { readTopology, type Topology } from './topology.ts';

/** Nodes that look alike to all pods: the same taints, devices, and values of the labels that pods ask for. */
export interface NodeGroup {
  readonly nodes: readonly number[];
  readonly free: FreeTree;
}

/** The nodes of a cluster, named by their place in `views`, which is in the order of their names. */
export interface NodeGroups {
  readonly views: readonly NodeView[];
  readonly all: readonly NodeGroup[];
  /** By node. */
  readonly groupOf: readonly NodeGroup[];
  /** By node: which one of its group it is. */
  readonly placeInGroup: Int32Array;
  placeOf(name: string): number | undefined;
  topology(key: string): Topology;
}

/** `keys` are the node labels that any pod asks about. Those with too many values, such as hostnames, group nothing. */
export function groupNodes(nodes: readonly NodeView[], keys: Iterable<string>): NodeGroups {
  const views = [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
  const places = new Map(views.map(({ name }, place) => [name, place]));
  const topologies = new Map<string, Topology>();
  const topology = (key: string): Topology => {
    const known = topologies.get(key) ?? readTopology(views, key);
    topologies.set(key, known);
    return known;
  };
  const coarse = [...keys].filter(key => !topology(key).fine);
  const members = new Map<string, number[]>();
  for (const [place, node] of views.entries()) {
    const values = coarse.map(key => node.labels[key] ?? null);
    const signature = JSON.stringify([hardTaints(node), values, Object.keys(node.allocatable.others ?? {}).sort()]);
    const known = members.get(signature);
    if (known) known.push(place);
    else members.set(signature, [place]);
  }
  const all = [...members.values()].map(group => ({ nodes: group, free: new FreeTree(group.length) }));
  const groupOf: NodeGroup[] = new Array(views.length);
  const placeInGroup = new Int32Array(views.length);
  for (const group of all) {
    for (const [place, node] of group.nodes.entries()) {
      groupOf[node] = group;
      placeInGroup[node] = place;
    }
  }
  return { views, all, groupOf, placeInGroup, placeOf: name => places.get(name), topology };
}

/** The taint of every cordoned node; whether a node takes pods is kept apart, because drains change it. */
const CORDON = 'node.kubernetes.io/unschedulable';

/** What keeps pods away that do not tolerate it. */
export function hardTaints({ taints }: NodeView): Taint[] {
  return taints.filter(({ key, effect }) => effect !== 'PreferNoSchedule' && key !== CORDON);
}
