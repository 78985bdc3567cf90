import type { Resources } from '../resources.ts';
import { type Limits, NO_LIMITS, sortLimits } from './company.ts';
import type { Fleet, Need } from './fleet.ts';
import { NOWHERE, Search } from './search.ts';
import type { Suit } from './suit.ts';

/** What keeps a pod without a place: the first of these that is so. */
export type Scarcity =
  /** No node that takes pods can mount all of its volumes. */
  | { readonly kind: 'volume' }
  | { readonly kind: 'labels' }
  /** Others have the labels, and others can mount its volumes: no node both. */
  | { readonly kind: 'labels-with-volume' }
  | { readonly kind: 'taints' }
  /** The other nodes that it may run on take no pods: they are cordoned, or not Ready. */
  | { readonly kind: 'closed' }
  /** `most` is what is free on the node that has the most of it. */
  | { readonly kind: 'resource'; readonly name: string; readonly wanted: number; readonly most: number }
  /** Every resource is there, but not on one node. */
  | { readonly kind: 'together' }
  | { readonly kind: 'ports' }
  /** Pods that it may not run beside are everywhere else. */
  | { readonly kind: 'apart' }
  | { readonly kind: 'spread' };

/** Whether the pod would stay without a place however empty the other nodes became: only its own node may take it. */
export function isTied({ kind }: Scarcity): boolean {
  switch (kind) {
    case 'volume':
    case 'labels':
    case 'labels-with-volume':
    case 'taints':
    case 'closed':
      return true;
    case 'resource':
    case 'together':
    case 'ports':
    case 'apart':
    case 'spread':
      return false;
  }
}

/**
 * Why the pod may run on no node that takes pods, though it were empty; undefined where it may. `drained` are those that it
 * has to leave. Costs the groups of nodes, and single nodes only where the pod asks about such.
 */
export function unsuitedBy(fleet: Fleet, { suit }: Need, drained: ReadonlySet<number>): Scarcity | undefined {
  if (someOpen(fleet, suit)) return undefined;
  const { toVolumes, toLabels, untainted } = suit.relaxed;
  if (suit.hasVolumes && !someOpen(fleet, toVolumes())) return { kind: 'volume' };
  if (!someOther(toLabels(), drained)) return { kind: 'labels' };
  if (!someOther(untainted(), drained)) return { kind: 'labels-with-volume' };
  return { kind: someOther(suit, drained) ? 'closed' : 'taints' };
}

function someOpen(fleet: Fleet, { pinned, groups, single, suits }: Suit): boolean {
  const takes = (node: number) => fleet.isOpen(node) && suits(node);
  return pinned?.some(takes) ?? groups.some(({ nodes, free }) => free.isOpen && (!single || nodes.some(takes)));
}

function someOther({ pinned, groups, suits }: Suit, drained: ReadonlySet<number>): boolean {
  const isOther = (node: number) => !drained.has(node) && suits(node);
  return pinned?.some(isOther) ?? groups.some(({ nodes }) => nodes.some(isOther));
}

/** What the nodes that suit have too little of, whoever else runs there; undefined where they would do. */
export function shortageOf(fleet: Fleet, need: Need): Scarcity | undefined {
  const search = new Search(fleet);
  if (search.placeFor(need, NO_LIMITS) !== NOWHERE) return undefined;
  const resource = scarceResource(need, spotsOf(fleet, need));
  if (resource) return resource;
  return { kind: search.placeFor({ ...need, hostPorts: [] }, NO_LIMITS) === NOWHERE ? 'together' : 'ports' };
}

/** Which of the pods that run there are in the way. */
export function crowdOf(fleet: Fleet, need: Need, { all }: Limits): Scarcity {
  const apart = sortLimits(all.filter(({ kind }) => kind === 'apart'));
  return { kind: new Search(fleet).placeFor(need, apart) === NOWHERE ? 'apart' : 'spread' };
}

/** What is free on each node that suits, or at most on those of a group, be it on different ones. */
function spotsOf(fleet: Fleet, { suit, requests }: Need): Resources[] {
  const freeOn = (node: number) => (fleet.isOpen(node) && suit.suits(node) ? [fleet.freeOn(node)] : []);
  if (suit.pinned) return suit.pinned.flatMap(freeOn);
  const open = suit.groups.filter(({ free }) => free.isOpen);
  // The groups know nothing of devices.
  return suit.single || requests.others
    ? open.flatMap(({ nodes }) => nodes.flatMap(freeOn))
    : open.map(({ free }) => free.most);
}

function scarceResource({ requests }: Need, spots: readonly Resources[]): Scarcity | undefined {
  const { cpuMilli, memoryBytes, pods, others = {} } = requests;
  const kinds: readonly [string, number, (free: Resources) => number][] = [
    ['cpu', cpuMilli, free => free.cpuMilli],
    ['memory', memoryBytes, free => free.memoryBytes],
    ['pods', pods, free => free.pods],
    ...Object.entries(others).map(([name, wanted]) => named(name, wanted)),
  ];
  for (const [name, wanted, of] of kinds) {
    const most = spots.reduce((highest, free) => Math.max(highest, of(free)), 0);
    if (wanted > most) return { kind: 'resource', name, wanted, most };
  }
  return undefined;
}

function named(name: string, wanted: number): [string, number, (free: Resources) => number] {
  return [name, wanted, ({ others }) => others?.[name] ?? 0];
}
