import type { Limit } from './company.ts';
import type { Fleet, Need } from './fleet.ts';
import type { NodeGroup } from './node-groups.ts';

/** What a search for a place answers where there is none. */
export const NOWHERE = -1;

type Admits = (node: number) => boolean;

/**
 * Finds places: about the emptiest node that has room for a pod, as kube-scheduler's own scoring would choose it, so that
 * pods spread over the nodes and go first to those that have come back from their drain. Every search is complete: where
 * it answers NOWHERE, no open node takes the pod as things stand.
 */
export class Search {
  readonly #fleet: Fleet;
  /** How far each need that fits nowhere has looked through the nodes that were opened since. */
  readonly #gaveUp = new Map<Need, number>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  placeFor(need: Need, limits: readonly Limit[]): number {
    return limits.length === 0 ? this.#anywhere(need) : this.#within(need, limits);
  }

  #anywhere(need: Need): number {
    const { pinned, groups } = need.suit;
    if (pinned) return this.#emptiest(pinned, need);
    const { opened } = this.#fleet;
    // Open nodes only get fuller: what did not fit there will not, until they have been emptied and opened again.
    let next = this.#gaveUp.get(need);
    if (next === undefined) {
      const found = this.#emptiestOf(groups, need);
      if (found === NOWHERE) this.#gaveUp.set(need, opened.length);
      return found;
    }
    while (next < opened.length && !this.#fleet.takes(opened[next] ?? NOWHERE, need)) next += 1;
    this.#gaveUp.set(need, next);
    return opened[next] ?? NOWHERE;
  }

  #within(need: Need, limits: readonly Limit[]): number {
    const bounds = limits.map(({ tally, everywhere, most }) => ({ tally, everywhere, bound: most() }));
    const holds = (node: number, { tally, everywhere, bound }: (typeof bounds)[number]) => {
      const count = tally.at(node);
      return count === undefined ? !everywhere : count <= bound;
    };
    const admits = (node: number) => bounds.every(each => holds(node, each));
    const few = Math.sqrt(this.#fleet.nodes.views.length);
    const named = bounds
      .filter(({ tally }) => tally.topology.fine)
      .map(({ tally, bound }) => tally.fewWithin(bound, few))
      .find(nodes => nodes !== undefined);
    const single = need.suit.pinned ?? named;
    if (single) return this.#emptiest(single.filter(admits), need);
    // All nodes of a group have the same zone, so that a zone which is full costs nothing.
    const coarse = bounds.filter(({ tally }) => !tally.topology.fine);
    const groups = need.suit.groups.filter(({ nodes: [first = NOWHERE] }) => coarse.every(each => holds(first, each)));
    return this.#emptiestOf(groups, need, admits);
  }

  #emptiest(nodes: readonly number[], need: Need): number {
    let best = NOWHERE;
    for (const node of nodes) {
      if (!this.#fleet.takes(node, need)) continue;
      if (best === NOWHERE || this.#fleet.shareOf(node) > this.#fleet.shareOf(best)) best = node;
    }
    return best;
  }

  /** In the emptiest group first. */
  #emptiestOf(groups: readonly NodeGroup[], need: Need, admits: Admits = () => true): number {
    let left = groups;
    while (left.length > 0) {
      const best = left.reduce((a, b) => (b.free.share > a.free.share ? b : a));
      const place = best.free.find(need.requests, at => {
        const node = best.nodes[at] ?? NOWHERE;
        return this.#fleet.takes(node, need) && admits(node);
      });
      if (place >= 0) return best.nodes[place] ?? NOWHERE;
      left = left.filter(group => group !== best);
    }
    return NOWHERE;
  }
}
