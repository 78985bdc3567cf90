import type { NodeAffinityTerm } from '../selector.ts';
import type { NodeView, PodView, VolumeView } from '../snapshot.ts';
import { Companies, type Company } from './company.ts';
import { Fleet, type Need } from './fleet.ts';
import { type Fate, type Kind, kindsOf } from './kinds.ts';
import { createNeeds } from './needs.ts';
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
  /** The pods that drains evict, by the node on which they run now; those without a place are missing. */
  settled(): ReadonlyMap<string, readonly PodView[]>;
}

interface Cluster {
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly volumes: readonly VolumeView[];
}

/** What the pods of one kind have in common. */
interface Common {
  readonly fate: Fate;
  readonly need: Need;
  readonly company: Company;
  /** Larger pods come first. */
  readonly rank: number;
}

/**
 * Simulates drains of the pods by their fates. Each pod that moves goes, the largest of a batch first, to about the
 * emptiest node that takes it: a rule of thumb, so that another order might have placed a pod that is found homeless here,
 * but every place that is found is one. Counted are requests, the limit of pods, taints, node selectors, required node
 * affinity, the nodes that can mount a volume, host ports, required anti-affinity and topology spread constraints
 * (DoNotSchedule). Required affinity to pods, preemption, and what only scores nodes are not.
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
  /** Where each pod runs, or ran last. */
  readonly #homes: Int32Array;
  /** By node: the pods there that a drain evicts. */
  readonly #residents: number[][];
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
    this.#homes = new Int32Array(this.#pods.length);
    this.#residents = this.#nodes.views.map(() => []);
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

  settled(): ReadonlyMap<string, readonly PodView[]> {
    const entries = this.#nodes.views.entries();
    const podsOn = (node: number) => (this.#residents[node] ?? []).flatMap(pod => this.#pods[pod] ?? []);
    return new Map(entries.map(([node, { name }]) => [name, podsOn(node)]));
  }

  #settle(pod: number): void {
    const { node: name = '', deletingSince } = this.#pods[pod] ?? {};
    const node = this.#nodes.placeOf(name);
    const common = this.#commons[pod];
    if (node === undefined || !common) return;
    if (common.fate !== 'stays') this.#put(pod, node);
    else {
      this.#fleet.take(node, common.need);
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
    for (const pod of residents) {
      const common = this.#commons[pod];
      if (!common) continue;
      this.#fleet.release(node, common.need);
      for (const tally of common.company.counted) tally.add(node, -1);
    }
    return residents;
  }

  #house(pod: number): boolean {
    const common = this.#commons[pod];
    const node = common ? this.#search.placeFor(common.need, common.company.limits) : NOWHERE;
    if (node === NOWHERE) return false;
    this.#put(pod, node);
    return true;
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

/** What each pod needs and keeps company with, one for all of a kind. */
function commonsOf(kinds: readonly Kind[], nodes: NodeGroups, volumes: readonly VolumeView[]): Common[] {
  const companies = new Companies(nodes);
  const needOf = createNeeds(nodes, volumes);
  const needs = new Map([...new Set(kinds)].map(kind => [kind, needOf(kind.like)]));
  for (const [{ like, fate }, { suit }] of needs) companies.announce(like, fate === 'moves' ? suit : undefined);
  const ranks = ranksOf(needs.keys());
  const commons = new Map<Kind, Common>();
  for (const [kind, need] of needs) {
    const company = companies.of(kind.like, kind.fate === 'moves' ? need.suit : undefined);
    commons.set(kind, { fate: kind.fate, need, company, rank: ranks.get(kind) ?? 0 });
  }
  return kinds.flatMap(kind => commons.get(kind) ?? []);
}

function isThere({ node, phase }: PodView): boolean {
  return node !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

/** A cordon of our own is undone after the drain; one of other people stays. */
function comesBack(node: NodeView | undefined): boolean {
  return node !== undefined && node.ready === 'True' && (!node.unschedulable || node.claim?.wasUnschedulable === false);
}

/** The node labels that anybody asks about. */
function labelKeysOf(kinds: ReadonlySet<Kind>, volumes: readonly VolumeView[]): Set<string> {
  const keys = new Set<string>();
  const ofTerms = (terms: readonly NodeAffinityTerm[]) => {
    for (const { labels } of terms) for (const { key } of labels) keys.add(key);
  };
  for (const { like, fate } of kinds) {
    for (const { topologyKey } of like.antiAffinity) keys.add(topologyKey);
    if (fate !== 'moves') continue;
    for (const key of Object.keys(like.nodeSelector)) keys.add(key);
    for (const { topologyKey } of like.spread) keys.add(topologyKey);
    ofTerms(like.nodeAffinity);
  }
  for (const { nodeAffinity } of volumes) ofTerms(nodeAffinity);
  return keys;
}

/** Equal for kinds of one size and namespace, so that whatever made them different kinds changes no order. */
function ranksOf(kinds: Iterable<Kind>): Map<Kind, number> {
  const sorted = [...kinds].sort((a, b) => compareSizes(a.like, b.like));
  const ranks = new Map<Kind, number>();
  let rank = 0;
  for (const [place, kind] of sorted.entries()) {
    const before = sorted[place - 1];
    if (before && compareSizes(before.like, kind.like) !== 0) rank += 1;
    ranks.set(kind, rank);
  }
  return ranks;
}

function compareSizes(a: PodView, b: PodView): number {
  return (
    b.requests.memoryBytes - a.requests.memoryBytes ||
    b.requests.cpuMilli - a.requests.cpuMilli ||
    compareText(a.namespace, b.namespace)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
