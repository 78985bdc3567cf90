import { matchesAffinity, type NodeAffinityTerm, type Requirement } from '../selector.ts';
import type { NodeView, PodView } from '../snapshot.ts';
import { tolerates } from '../taints.ts';
import { createNumbering } from './alike.ts';
import { hardTaints, type NodeGroup, type NodeGroups } from './node-groups.ts';

/** Which nodes a pod could ever run on: taints, node selector, required node affinity, and what mounts its volumes. */
export interface Suit {
  /** Groups in which some node may suit. */
  readonly groups: readonly NodeGroup[];
  /** Where a name, or a label that few nodes share, says which nodes come into question: no others do. */
  readonly pinned: readonly number[] | undefined;
  suits(node: number): boolean;
  readonly hasVolumes: boolean;
  /** Whether it asks about labels that group nothing, or about names. */
  readonly single: boolean;
  /** Equal where all of it is. */
  readonly key: string;
  /** Equal where the same labels are asked for, or the same taints tolerated. */
  readonly keys: { readonly labels: string; readonly taints: string };
  /** Each part by itself. */
  readonly parts: {
    readonly tolerated: (node: number) => boolean;
    readonly labelled: (node: number) => boolean;
  };
  /** What it would be if the pod asked for its volumes only, for its labels only, or tolerated every taint. */
  readonly relaxed: {
    readonly toVolumes: () => Suit;
    readonly toLabels: () => Suit;
    readonly untainted: () => Suit;
  };
}

/** The terms of each of the pod's volumes that not every node can mount. */
export type VolumeTerms = readonly (readonly NodeAffinityTerm[])[];

type Wishes = Pick<PodView, 'tolerations' | 'nodeSelector' | 'nodeAffinity'>;

const NO_WISHES: Wishes = {
  tolerations: [{ key: undefined, operator: 'Exists', value: '', effect: undefined }],
  nodeSelector: {},
  nodeAffinity: [],
};
const NO_VOLUMES: VolumeTerms = [];

/** Pods that ask for the same share one answer. It costs the groups, not the nodes, unless single nodes are named. */
export function createSuits(nodes: NodeGroups): (pod: Wishes, volumes: VolumeTerms) => Suit {
  const numberOf = createNumbering();
  const known = new Map<string, Suit>();
  const find = (pod: Wishes, volumes: VolumeTerms): Suit => {
    const labels = `${numberOf(pod.nodeSelector)} ${numberOf(pod.nodeAffinity)}`;
    const taints = String(numberOf(pod.tolerations));
    const key = `${labels} ${taints} ${numberOf(volumes)}`;
    const untainted = { ...pod, tolerations: NO_WISHES.tolerations };
    const relaxed = {
      toVolumes: () => find(NO_WISHES, volumes),
      toLabels: () => find(untainted, NO_VOLUMES),
      untainted: () => find(untainted, volumes),
    };
    const suit = known.get(key) ?? { ...suitOf(nodes, pod, volumes), key, keys: { labels, taints }, relaxed };
    known.set(key, suit);
    return suit;
  };
  return find;
}

function suitOf(
  nodes: NodeGroups,
  { tolerations, nodeSelector, nodeAffinity }: Wishes,
  volumes: VolumeTerms,
): Omit<Suit, 'key' | 'keys' | 'relaxed'> {
  const viewed = (holds: (view: NodeView) => boolean) => (node: number) => {
    const view = nodes.views[node];
    return view !== undefined && holds(view);
  };
  const selected = Object.entries(nodeSelector);
  const tolerated = viewed(view => hardTaints(view).every(taint => tolerates(tolerations, taint)));
  const labelled = viewed(
    ({ name, labels }) =>
      selected.every(([key, value]) => labels[key] === value) && matchesAffinity(nodeAffinity, name, labels),
  );
  const mounted = viewed(({ name, labels }) => volumes.every(terms => matchesAffinity(terms, name, labels)));
  const all = (node: number) => tolerated(node) && labelled(node) && mounted(node);
  const selector = selected.map(([key, value]): Requirement => ({ key, operator: 'In', values: [value] }));
  const asked = [[{ labels: selector, fields: [] }], nodeAffinity, ...volumes];
  const pinned = asked.map(terms => pinnedBy(terms, nodes)).find(places => places !== undefined);
  const single = asked.flat().some(term => asksAboutSingleNodes(term, nodes));
  const may = viewed(view =>
    asked.every(terms => terms.length === 0 || terms.some(term => mayMatch(term, view, nodes))),
  );
  const groups = nodes.all.filter(({ nodes: [first = -1] }) => (single ? tolerated(first) && may(first) : all(first)));
  const suiting = new Set(groups);
  const inGroup = (node: number) => suiting.has(nodes.groupOf[node] as NodeGroup);
  return {
    groups,
    pinned,
    hasVolumes: volumes.length > 0,
    single,
    suits: single ? node => inGroup(node) && all(node) : inGroup,
    parts: { tolerated, labelled },
  };
}

function asksAboutSingleNodes({ labels, fields }: NodeAffinityTerm, nodes: NodeGroups): boolean {
  return fields.length > 0 || labels.some(({ key }) => nodes.topology(key).fine);
}

/** As far as the nodes of a group have everything in common with this one. */
function mayMatch({ labels }: NodeAffinityTerm, view: NodeView, nodes: NodeGroups): boolean {
  const shared = labels.filter(({ key }) => !nodes.topology(key).fine);
  return shared.length === 0 || matchesAffinity([{ labels: shared, fields: [] }], view.name, view.labels);
}

/** Those that the terms name one by one; undefined where they do not. */
function pinnedBy(terms: readonly NodeAffinityTerm[], nodes: NodeGroups): number[] | undefined {
  const named = terms.map(term => namedBy(term, nodes)).filter(places => places !== undefined);
  return named.length > 0 && named.length === terms.length ? [...new Set(named.flat())] : undefined;
}

function namedBy({ labels, fields }: NodeAffinityTerm, nodes: NodeGroups): number[] | undefined {
  const name = fields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
  if (name) return name.values.flatMap(value => nodes.placeOf(value) ?? []);
  const label = labels.find(({ key, operator }) => operator === 'In' && nodes.topology(key).fine);
  if (!label) return undefined;
  const { numbers, nodesOf } = nodes.topology(label.key);
  return label.values.flatMap(value => nodesOf[numbers.get(value) ?? -1] ?? []);
}
