import type { Resources } from '../resources.ts';
import { type Limits, NO_LIMITS, sortLimits } from './company.ts';
import type { Fleet, Need } from './fleet.ts';
import { NOWHERE, Search } from './search.ts';

/** What keeps a pod without a place: the first of these that is so. */
export type Scarcity =
  /** No other node can mount its volumes. */
  | { readonly kind: 'volume' }
  | { readonly kind: 'labels' }
  | { readonly kind: 'taints' }
  /** `most` is what is free on the node that has the most of it. */
  | { readonly kind: 'resource'; readonly name: string; readonly wanted: number; readonly most: number }
  /** Every resource is there, but not on one node. */
  | { readonly kind: 'together' }
  | { readonly kind: 'ports' }
  /** Pods that it may not run beside are everywhere else. */
  | { readonly kind: 'apart' }
  | { readonly kind: 'spread' };

/**
 * What is wrong with the nodes themselves, whoever else runs there; undefined where they would do. Costs the groups of
 * nodes, and single nodes only where the pod asks about such: do it once for each need.
 */
export function scarcityOf(fleet: Fleet, need: Need): Scarcity | undefined {
  const { mounted, labelled, tolerated } = need.suit.parts;
  const spots = spotsOf(fleet, need);
  const mounting = spots.filter(({ node }) => mounted(node));
  const wanted = mounting.filter(({ node }) => labelled(node));
  if (wanted.length === 0) return { kind: mounting.length > 0 || !need.suit.hasVolumes ? 'labels' : 'volume' };
  const suiting = wanted.filter(({ node }) => tolerated(node));
  if (suiting.length === 0) return { kind: 'taints' };
  const resource = scarceResource(need, suiting);
  if (resource) return resource;
  const search = new Search(fleet);
  if (search.placeFor({ ...need, hostPorts: [] }, NO_LIMITS) === NOWHERE) return { kind: 'together' };
  return search.placeFor(need, NO_LIMITS) === NOWHERE ? { kind: 'ports' } : undefined;
}

/** Which of the pods that run there are in the way. */
export function crowdOf(fleet: Fleet, need: Need, { all }: Limits): Scarcity {
  const apart = sortLimits(all.filter(({ kind }) => kind === 'apart'));
  return { kind: new Search(fleet).placeFor(need, apart) === NOWHERE ? 'apart' : 'spread' };
}

/** An open node, or one that stands for its group. */
interface Spot {
  readonly node: number;
  /** The most of each resource, be it on different nodes of the group. */
  readonly free: Resources;
}

function spotsOf(fleet: Fleet, { suit, requests }: Need): Spot[] {
  const { views, all } = fleet.nodes;
  const single = (node: number): Spot[] => (fleet.isOpen(node) ? [{ node, free: fleet.freeOn(node) }] : []);
  if (suit.pinned) return suit.pinned.flatMap(single);
  if (suit.single || requests.others) return [...views.keys()].flatMap(single);
  const open = all.filter(({ free }) => free.share >= 0);
  return open.map(({ nodes: [node = NOWHERE], free }) => ({ node, free: free.most }));
}

function scarceResource({ requests }: Need, spots: readonly Spot[]): Scarcity | undefined {
  const { cpuMilli, memoryBytes, pods, others = {} } = requests;
  const kinds: readonly [string, number, (free: Resources) => number][] = [
    ['cpu', cpuMilli, free => free.cpuMilli],
    ['memory', memoryBytes, free => free.memoryBytes],
    ['pods', pods, free => free.pods],
    ...Object.entries(others).map(([name, wanted]) => named(name, wanted)),
  ];
  for (const [name, wanted, of] of kinds) {
    const most = spots.reduce((highest, { free }) => Math.max(highest, of(free)), 0);
    if (wanted > most) return { kind: 'resource', name, wanted, most };
  }
  return undefined;
}

function named(name: string, wanted: number): [string, number, (free: Resources) => number] {
  return [name, wanted, ({ others }) => others?.[name] ?? 0];
}
