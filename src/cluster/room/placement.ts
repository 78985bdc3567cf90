import { add, NO_RESOURCES } from '../resources.ts';
import type { NodeView, PodView, VolumeView } from '../snapshot.ts';
import { areInterchangeable, type Common, commonsOf, labelKeysOf } from './commons.ts';
import { type Company, NO_LIMITS } from './company.ts';
import { Fleet, type Need } from './fleet.ts';
import { Kin } from './kin.ts';
import { type Fate, kindsOf } from './kinds.ts';
import { groupNodes, type NodeGroups } from './node-groups.ts';
import { crowdOf, type Scarcity, shortageOf, unsuitedBy } from './scarcity.ts';
import { NOWHERE, Search } from './search.ts';

/** A pod that no other node could take when its node was drained. */
export interface Homeless {
  readonly pod: PodView;
  /** The node that was drained: pods may have moved before. */
  readonly node: string;
  readonly scarce: Scarcity;
}

/** The cluster while its nodes are drained and come back, one batch after the other. */
export interface Placement {
  /** Moves the pods of these nodes to others, then gives the nodes back, empty. Those without a place go there again. */
  drain(nodes: readonly string[]): Homeless[];
  /** The pods that a drain of this node would evict now. */
  on(node: string): readonly PodView[];
  /** How a drain of this node could go now for those of its pods that are `chosen`. Changes nothing. */
  outlook(node: string, chosen: (pod: PodView) => boolean): Outlook;
  /** The pods that drains evict, by the node on which they run now; those without a place are missing. */
  settled(): ReadonlyMap<string, readonly PodView[]>;
}

/** Which pods find a place depends on the order in which they leave. */
export interface Outlook {
  /** Those without a place where everybody else of the node has taken one before them. */
  readonly worst: readonly PodView[];
  /** Those without a place where they come first. */
  readonly best: readonly PodView[];
  /** Whether all that were chosen ask for the same, so that those who leave first take what places there are. */
  readonly alike: boolean;
}

const NO_TROUBLE: Outlook = { worst: [], best: [], alike: true };

interface Cluster {
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly volumes: readonly VolumeView[];
}

/**
 * Simulates drains of the pods by their fates. Each pod that moves goes, the largest of a batch first, to about the
 * emptiest node that takes it, and beside others of its controller only where it has to: a rule of thumb, so that another
 * order might have placed a pod that is found homeless here, but every place that is found is one. Counted are requests,
 * the limit of pods, taints, node selectors, required node affinity, the nodes that can mount a volume, host ports, required
 * anti-affinity and topology spread constraints (DoNotSchedule). Required affinity to pods, preemption, and what else only
 * scores nodes are not.
 */
export function placeIn(cluster: Cluster, fateOf: (pod: PodView) => Fate): Placement {
  return new Simulation(cluster, fateOf);
}

/** Pods are named by their place in the list: there are too many of them to make an object for each. */
class Simulation implements Placement {
  readonly #nodes: NodeGroups;
  readonly #fleet: Fleet;
  readonly #search: Search;
  readonly #pods: readonly PodView[];
  readonly #commons: readonly Common[];
  readonly #kin: Kin;
  /** Where each pod runs, or ran last. */
  readonly #homes: Int32Array;
  /** By node: the pods there that a drain evicts. */
  readonly #residents: number[][];
  /** By node: the others. */
  readonly #staying: number[][];
  /** What was found scarce first is told again for whoever needs the same later. */
  readonly #shortages = new Map<Need, Scarcity>();
  readonly #crowds = new Map<Company, Scarcity>();

  constructor({ nodes, pods, volumes }: Cluster, fateOf: (pod: PodView) => Fate) {
    this.#pods = pods.filter(isThere);
    const kinds = kindsOf(this.#pods, fateOf);
    this.#nodes = groupNodes(nodes, labelKeysOf(new Set(kinds), volumes));
    this.#fleet = new Fleet(this.#nodes);
    this.#search = new Search(this.#fleet);
    this.#commons = commonsOf(kinds, this.#nodes, volumes);
    this.#kin = new Kin(this.#pods);
    this.#homes = new Int32Array(this.#pods.length);
    this.#residents = this.#nodes.views.map(() => []);
    this.#staying = this.#nodes.views.map(() => []);
    this.#pods.forEach((_, pod) => {
      this.#settle(pod);
    });
    for (const [node, { ready, unschedulable }] of this.#nodes.views.entries())
      if (ready === 'True' && !unschedulable) this.#fleet.open(node);
  }

  drain(names: readonly string[]): Homeless[] {
    const nodes = names.flatMap(name => this.#nodes.placeOf(name) ?? []);
    for (const node of nodes) this.#fleet.close(node);
    const evicted = nodes.flatMap(node => this.#empty(node));
    const moving = evicted.filter(pod => this.#commons[pod]?.fate === 'moves');
    const homeless = moving.sort((a, b) => this.#largestFirst(a, b)).filter(pod => !this.#house(pod));
    const found = this.#explain(homeless, new Set(nodes));
    for (const node of nodes) if (comesBack(this.#nodes.views[node])) this.#fleet.open(node);
    for (const pod of homeless) this.#house(pod);
    return found;
  }

  on(name: string): readonly PodView[] {
    return this.#views(this.#residents[this.#nodes.placeOf(name) ?? NOWHERE] ?? []);
  }

  outlook(name: string, chosen: (pod: PodView) => boolean): Outlook {
    const node = this.#nodes.placeOf(name);
    if (node === undefined) return NO_TROUBLE;
    const wasOpen = this.#fleet.isOpen(node);
    this.#fleet.close(node);
    const moving = (this.#residents[node] ?? []).filter(pod => this.#commons[pod]?.fate === 'moves');
    const own = moving.filter(pod => this.#views([pod]).some(chosen));
    const kinds = new Set(own.flatMap(pod => this.#commons[pod] ?? []));
    const outlook = this.#haveRoomBeside(moving, kinds) ? NO_TROUBLE : this.#tryBothWays(node, moving, new Set(own));
    if (wasOpen) this.#fleet.open(node);
    return { ...outlook, alike: areInterchangeable(kinds) };
  }

  settled(): ReadonlyMap<string, readonly PodView[]> {
    const entries = this.#nodes.views.entries();
    return new Map(entries.map(([node, { name }]) => [name, this.#views(this.#residents[node] ?? [])]));
  }

  #views(pods: readonly number[]): PodView[] {
    const views: PodView[] = [];
    for (const pod of pods) {
      const view = this.#pods[pod];
      if (view) views.push(view);
    }
    return views;
  }

  #settle(pod: number): void {
    const { node: name = '', deletingSince } = this.#pods[pod] ?? {};
    const node = this.#nodes.placeOf(name);
    const common = this.#commons[pod];
    if (node === undefined || !common) return;
    if (common.fate !== 'stays') this.#put(pod, node);
    else {
      this.#fleet.take(node, common.need);
      this.#staying[node]?.push(pod);
      // Who is leaving anyway keeps nobody away for long.
      if (deletingSince === undefined) for (const tally of common.company.counted) tally.add(node, 1);
    }
  }

  #put(pod: number, node: number): void {
    const common = this.#commons[pod];
    if (!common) return;
    this.#homes[pod] = node;
    this.#fleet.take(node, common.need);
    for (const tally of common.company.counted) tally.add(node, 1);
    this.#residents[node]?.push(pod);
  }

  #empty(node: number): readonly number[] {
    const residents = this.#residents[node] ?? [];
    this.#residents[node] = [];
    for (const pod of residents) this.#release(pod, node);
    return residents;
  }

  #release(pod: number, node: number): void {
    const common = this.#commons[pod];
    if (!common) return;
    this.#fleet.release(node, common.need);
    for (const tally of common.company.counted) tally.add(node, -1);
  }

  #tryBothWays(node: number, moving: readonly number[], own: ReadonlySet<number>): Omit<Outlook, 'alike'> {
    const evicted = this.#empty(node);
    const sorted = moving.toSorted((a, b) => this.#largestFirst(a, b));
    const [first, others] = [sorted.filter(pod => own.has(pod)), sorted.filter(pod => !own.has(pod))];
    const stuck = (order: readonly number[]) => this.#views(this.#rehearse(order).filter(pod => own.has(pod)));
    const worst = stuck([...others, ...first]);
    const best = worst.length > 0 ? stuck([...first, ...others]) : [];
    for (const pod of evicted) this.#put(pod, node);
    return { worst, best };
  }

  /** Those of these pods, in their order, for which there is no place. All of it is undone. */
  #rehearse(pods: readonly number[]): number[] {
    const search = new Search(this.#fleet);
    const [housed, homeless]: [number[], number[]] = [[], []];
    for (const pod of pods) (this.#house(pod, search) ? housed : homeless).push(pod);
    for (const pod of housed.reverse()) {
      const node = this.#homes[pod] ?? NOWHERE;
      this.#residents[node]?.pop();
      this.#release(pod, node);
    }
    return homeless;
  }

  /** Whether each kind has a node that would take all of these pods: then no order matters. */
  #haveRoomBeside(pods: readonly number[], kinds: Iterable<Common>): boolean {
    const requests = pods.flatMap(pod => this.#commons[pod]?.need.requests ?? []).reduce(add, NO_RESOURCES);
    const search = new Search(this.#fleet);
    return [...kinds].every(
      ({ need, company }) =>
        company.limits.all.length === 0 &&
        need.hostPorts.length === 0 &&
        search.placeFor({ ...need, requests }, NO_LIMITS) !== NOWHERE,
    );
  }

  #house(pod: number, search = this.#search): boolean {
    const common = this.#commons[pod];
    const node = common ? this.#choose(pod, common, search) : NOWHERE;
    if (node === NOWHERE) return false;
    this.#put(pod, node);
    return true;
  }

  #choose(pod: number, { need, company: { limits } }: Common, search: Search): number {
    const node = search.placeFor(need, limits);
    const isBesideKin = (place: number) =>
      this.#kin.isAmong(pod, this.#residents[place] ?? []) || this.#kin.isAmong(pod, this.#staying[place] ?? []);
    if (node === NOWHERE || !isBesideKin(node)) return node;
    const apart = search.placeBut(isBesideKin, need, limits);
    return apart === NOWHERE ? node : apart;
  }

  #largestFirst(a: number, b: number): number {
    const ranks = (this.#commons[a]?.rank ?? 0) - (this.#commons[b]?.rank ?? 0);
    return ranks || compareText(this.#pods[a]?.name ?? '', this.#pods[b]?.name ?? '');
  }

  /** The first of a kind speaks for the others. */
  #explain(homeless: readonly number[], drained: ReadonlySet<number>): Homeless[] {
    const known = new Map<Common, Scarcity>();
    return homeless.flatMap(place => {
      const [pod, common] = [this.#pods[place], this.#commons[place]];
      if (!pod || !common) return [];
      const scarce = known.get(common) ?? unsuitedBy(this.#fleet, common.need, drained) ?? this.#fullness(common);
      known.set(common, scarce);
      return [{ pod, node: this.#nodes.views[this.#homes[place] ?? 0]?.name ?? '', scarce }];
    });
  }

  /** Some node would do, but for what runs there. */
  #fullness({ need, company }: Common): Scarcity {
    const shortage = this.#shortages.get(need) ?? shortageOf(this.#fleet, need);
    if (shortage) this.#shortages.set(need, shortage);
    const scarce = shortage ?? this.#crowds.get(company) ?? crowdOf(this.#fleet, need, company.limits);
    if (!shortage) this.#crowds.set(company, scarce);
    return scarce;
  }
}

function isThere({ node, phase }: PodView): boolean {
  return node !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

/** A cordon of our own is undone after the drain; one of other people stays. */
function comesBack(node: NodeView | undefined): boolean {
  return node !== undefined && node.ready === 'True' && (!node.unschedulable || node.claim?.wasUnschedulable === false);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
