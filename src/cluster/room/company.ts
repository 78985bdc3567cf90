import { matchesSelector, type PodAffinityTerm, type SpreadRule } from '../selector.ts';
import { type FindSelecting, indexSelectors } from '../selector-index.ts';
import type { NodeView, PodView } from '../snapshot.ts';
import { createNumbering } from './alike.ts';
import type { NodeGroups } from './node-groups.ts';
import type { Suit } from './suit.ts';
import { type Counting, Tally } from './tally.ts';

/** So many pods that a tally counts may be where a pod goes, before it goes there. */
export interface Limit {
  readonly kind: 'apart' | 'spread';
  readonly tally: Tally;
  /** Whether nodes without the label are out. */
  readonly everywhere: boolean;
  most(): number;
}

/** The limits of a pod, sorted once for all searches. */
export interface Limits {
  readonly all: readonly Limit[];
  /** By labels of which nearly every node has another value. */
  readonly fine: readonly Limit[];
  readonly coarse: readonly Limit[];
  /** Whether a node that they close is only opened again by a drain of that very node. */
  readonly lasting: boolean;
}

/** What a pod means to others, and others to it. */
export interface Company {
  /** Where it is counted, wherever it runs. */
  readonly counted: readonly Tally[];
  readonly limits: Limits;
}

export function sortLimits(all: readonly Limit[]): Limits {
  const fine = all.filter(({ tally }) => tally.topology.fine);
  const coarse = all.filter(({ tally }) => !tally.topology.fine);
  return { all, fine, coarse, lasting: coarse.length === 0 && fine.every(({ kind }) => kind === 'apart') };
}

export const NO_LIMITS = sortLimits([]);
const NO_COMPANY: Company = { counted: [], limits: NO_LIMITS };

type Kin = Pick<PodView, 'namespace' | 'labels' | 'antiAffinity' | 'spread'>;

/** One selector that keeps pods apart: whom it chooses, and who has it. */
interface Apart extends PodAffinityTerm {
  readonly id: string;
  readonly chosen: Tally;
  readonly having: Tally;
}

interface Spread extends SpreadRule {
  readonly id: string;
  readonly namespaces: readonly string[];
  readonly chosen: Tally;
}

/**
 * Keeps count of the pods that anti-affinity and topology spread constraints choose. All pods that have such terms are
 * announced first; then each pod's company is known. Equal terms are counted once, and a look-up costs the labels of a
 * pod, so that all of it grows with the pods, not with pods x terms.
 */
export class Companies {
  readonly #nodes: NodeGroups;
  readonly #numberOf = createNumbering();
  readonly #aparts = new Map<string, Apart>();
  readonly #spreads = new Map<string, Spread>();
  readonly #counting = new Map<string, Counting>();
  readonly #known = new Map<string, Company>();
  #find: FindSelecting<Apart | Spread> | undefined;

  constructor(nodes: NodeGroups) {
    this.#nodes = nodes;
  }

  /** `suit` is that of a pod that may move: how the others are spread is nobody's business. */
  announce(pod: Kin, suit?: Suit): void {
    for (const term of pod.antiAffinity) this.#apart(term);
    if (suit) for (const rule of pod.spread) this.#spread(rule, pod, suit);
  }

  /** One for all that are counted and limited alike, whatever else their labels say. */
  of(pod: Kin, suit?: Suit): Company {
    if (this.#aparts.size + this.#spreads.size === 0) return NO_COMPANY;
    this.#find ??= indexSelectors([...this.#aparts.values(), ...this.#spreads.values()]);
    const choosing = this.#find(pod.namespace, pod.labels);
    const own = pod.antiAffinity.map(term => this.#apart(term));
    const spreads = suit ? pod.spread.map(rule => this.#spread(rule, pod, suit)) : [];
    const itself = spreads.map(({ selector }) => matchesSelector(selector, pod.labels));
    const key = JSON.stringify([choosing.map(idOf), own.map(idOf), spreads.map(idOf), itself]);
    const company = this.#known.get(key) ?? {
      counted: [...choosing.map(({ chosen }) => chosen), ...own.map(({ having }) => having)],
      limits: sortLimits([
        ...own.map(({ chosen }) => none(chosen)),
        ...choosing.flatMap(each => ('having' in each ? [none(each.having)] : [])),
        ...spreads.map((spread, place) => evenly(spread, itself[place] ? 1 : 0)),
      ]),
    };
    this.#known.set(key, company);
    return company;
  }

  #apart(term: PodAffinityTerm): Apart {
    const key = String(this.#numberOf(term));
    const topology = this.#nodes.topology(term.topologyKey);
    const tallies = { chosen: new Tally(topology), having: new Tally(topology) };
    const apart = this.#aparts.get(key) ?? { ...term, ...tallies, id: `apart ${key}` };
    this.#aparts.set(key, apart);
    return apart;
  }

  #spread(rule: SpreadRule, { namespace, spread: rules }: Kin, suit: Suit): Spread {
    const topologies = rules.map(({ topologyKey }) => topologyKey).sort();
    const asked = [rule.honorsAffinity ? suit.keys.labels : '', rule.honorsTaints ? suit.keys.taints : ''];
    const about = JSON.stringify([rule.topologyKey, topologies, ...asked]);
    const key = `${namespace} ${this.#numberOf(rule)} ${about}`;
    const known = this.#spreads.get(key);
    if (known) return known;
    const counting = this.#counting.get(about) ?? this.#count(rule, topologies, suit);
    this.#counting.set(about, counting);
    const chosen = new Tally(this.#nodes.topology(rule.topologyKey), counting);
    const spread = { ...rule, namespaces: [namespace], chosen, id: key };
    this.#spreads.set(key, spread);
    return spread;
  }

  /** Nodes that have the labels of all of the pod's rules, and that it may run on as far as the rule asks for that. */
  #count(rule: SpreadRule, topologies: readonly string[], { parts }: Suit): Counting {
    const { domainOf } = this.#nodes.topology(rule.topologyKey);
    const counts = ({ labels }: NodeView, node: number) =>
      topologies.every(topology => labels[topology] !== undefined) &&
      (!rule.honorsAffinity || parts.labelled(node)) &&
      (!rule.honorsTaints || parts.tolerated(node));
    const nodes = Uint8Array.from(this.#nodes.views, (view, node) => (counts(view, node) ? 1 : 0));
    return { nodes, domains: [...new Set(domainOf.filter((_, node) => nodes[node] === 1))] };
  }
}

/** kubernetes.io: assign-pod-node. A node without the label is no place where others could be. */
function none(tally: Tally): Limit {
  return { kind: 'apart', tally, everywhere: false, most: () => 0 };
}

/** kubernetes.io: topology-spread-constraints, "How Kubernetes evaluates": skew is the count, this pod included, less the least. */
function evenly({ chosen, maxSkew, minDomains }: Spread, itself: number): Limit {
  const least = () => (chosen.domains < minDomains ? 0 : chosen.least());
  return { kind: 'spread', tally: chosen, everywhere: true, most: () => maxSkew + least() - itself };
}

function idOf({ id }: Apart | Spread): string {
  return id;
}
