import type { NodeAffinityTerm } from '../selector.ts';
import type { NodeView, PodView, VolumeView } from '../snapshot.ts';
import { Companies, type Company } from './company.ts';
import { Fleet, type Need } from './fleet.ts';
import { type Kind, kindsOf } from './kinds.ts';
import { createNeeds } from './needs.ts';
import { groupNodes, type NodeGroups } from './node-groups.ts';
import { type Scarcity, scarcityOf } from './scarcity.ts';
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
  /** The pods that drains move, by the node on which they run now; those without a place are missing. */
  settled(): ReadonlyMap<string, readonly PodView[]>;
}

interface Cluster {
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  readonly volumes: readonly VolumeView[];
}

interface Mover {
  readonly pod: PodView;
  readonly need: Need;
  readonly company: Company;
  /** Where it runs, or ran last. */
  node: number;
}

/**
 * Simulates drains that move the pods of which `moves` says so. Each pod goes, the largest of a batch first, to about the
 * emptiest node that takes it: a rule of thumb, so that another order might have placed a pod that is found homeless here,
 * but every place that is found is one. Counted are requests, the limit of pods, taints, node selectors, required node
 * affinity, the nodes that can mount a volume, host ports, required anti-affinity and topology spread constraints
 * (DoNotSchedule). Required affinity to pods, preemption, and what only scores nodes are not.
 */
export function placeIn(cluster: Cluster, moves: (pod: PodView) => boolean): Placement {
  return new Simulation(cluster, moves);
}

class Simulation implements Placement {
  readonly #nodes: NodeGroups;
  readonly #fleet: Fleet;
  readonly #search: Search;
  /** By node: the pods there that a drain moves. */
  readonly #residents: Mover[][];
  readonly #scarcities = new Map<Need, Map<Company, Scarcity>>();

  constructor({ nodes, pods, volumes }: Cluster, moves: (pod: PodView) => boolean) {
    const there = pods.filter(isThere);
    const kinds = kindsOf(there, moves);
    this.#nodes = groupNodes(nodes, labelKeysOf(new Set(kinds), volumes));
    this.#fleet = new Fleet(this.#nodes);
    this.#search = new Search(this.#fleet);
    this.#residents = this.#nodes.views.map(() => []);
    this.#settle(there, kinds, createNeeds(this.#nodes, volumes));
    for (const [node, { ready, unschedulable }] of this.#nodes.views.entries())
      if (ready === 'True' && !unschedulable) this.#fleet.open(node);
  }

  drain(names: readonly string[]): Homeless[] {
    const nodes = names.flatMap(name => this.#nodes.placeOf(name) ?? []);
    for (const node of nodes) this.#fleet.close(node);
    const leaving = nodes.flatMap(node => this.#empty(node)).sort((a, b) => largestFirst(a.pod, b.pod));
    const homeless = leaving.filter(mover => !this.#house(mover));
    const found = homeless.map(mover => this.#explain(mover));
    for (const node of nodes) if (comesBack(this.#nodes.views[node])) this.#fleet.open(node);
    for (const mover of homeless) this.#house(mover);
    return found;
  }

  settled(): ReadonlyMap<string, readonly PodView[]> {
    const entries = this.#nodes.views.entries();
    return new Map(entries.map(([node, { name }]) => [name, (this.#residents[node] ?? []).map(({ pod }) => pod)]));
  }

  #settle(pods: readonly PodView[], kinds: readonly Kind[], needOf: (pod: PodView) => Need): void {
    const companies = new Companies(this.#nodes);
    const needs = new Map([...new Set(kinds)].map(kind => [kind, needOf(kind.like)]));
    for (const [{ like, moves }, { suit }] of needs) companies.announce(like, moves ? suit : undefined);
    const settlers = new Map(
      [...needs].map(([kind, need]) => [
        kind,
        { need, company: companies.of(kind.like, kind.moves ? need.suit : undefined) },
      ]),
    );
    for (const [place, pod] of pods.entries()) {
      const kind = kinds[place];
      const settler = kind && settlers.get(kind);
      const node = this.#nodes.placeOf(pod.node ?? '');
      if (!settler || node === undefined) continue;
      if (kind.moves) this.#put({ pod, ...settler, node }, node);
      else {
        this.#fleet.take(node, settler.need);
        // Who is leaving anyway keeps nobody away for long.
        if (pod.deletingSince === undefined) for (const tally of settler.company.counted) tally.add(node, 1);
      }
    }
  }

  #put(mover: Mover, node: number): void {
    mover.node = node;
    this.#fleet.take(node, mover.need);
    for (const tally of mover.company.counted) tally.add(node, 1);
    this.#residents[node]?.push(mover);
  }

  #empty(node: number): readonly Mover[] {
    const movers = this.#residents[node] ?? [];
    this.#residents[node] = [];
    for (const { need, company } of movers) {
      this.#fleet.release(node, need);
      for (const tally of company.counted) tally.add(node, -1);
    }
    return movers;
  }

  #house(mover: Mover): boolean {
    const node = this.#search.placeFor(mover.need, mover.company.limits);
    if (node === NOWHERE) return false;
    this.#put(mover, node);
    return true;
  }

  /** The first of a kind speaks for the others. */
  #explain({ pod, need, company, node }: Mover): Homeless {
    const known = this.#scarcities.get(need) ?? new Map<Company, Scarcity>();
    const scarce = known.get(company) ?? scarcityOf(this.#fleet, need, company.limits);
    this.#scarcities.set(need, known.set(company, scarce));
    return { pod, node: this.#nodes.views[node]?.name ?? '', scarce };
  }
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
  for (const { like, moves } of kinds) {
    for (const { topologyKey } of like.antiAffinity) keys.add(topologyKey);
    if (!moves) continue;
    for (const key of Object.keys(like.nodeSelector)) keys.add(key);
    for (const { topologyKey } of like.spread) keys.add(topologyKey);
    ofTerms(like.nodeAffinity);
  }
  for (const { nodeAffinity } of volumes) ofTerms(nodeAffinity);
  return keys;
}

function largestFirst(a: PodView, b: PodView): number {
  return (
    b.requests.memoryBytes - a.requests.memoryBytes ||
    b.requests.cpuMilli - a.requests.cpuMilli ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
