import type { Limit, Limits } from './company.ts';
import type { Fleet, Need } from './fleet.ts';
import type { NodeGroup } from './node-groups.ts';

/** What a search for a place answers where there is none. */
export const NOWHERE = -1;

const ENOUGH = 16;

type Admits = (node: number) => boolean;

/**
 * Finds places: about the emptiest node that has room for a pod, as kube-scheduler's own scoring would choose it, so that
 * pods spread over the nodes and go first to those that have come back from their drain. Every search is complete: where
 * it answers NOWHERE, no open node takes the pod as things stand.
 */
export class Search {
  readonly #fleet: Fleet;
  /** How far who fits nowhere has looked through the nodes that were opened since: by need, then by limits. */
  readonly #gaveUp = new Map<Need, Map<Limits, number>>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  placeFor(need: Need, limits: Limits): number {
    const admits = within(limits.all);
    if (need.suit.pinned) return this.#emptiest(need.suit.pinned, need, admits);
    // Open nodes only get fuller, and hold more of those that a pod avoids: what did not fit there will not, until they have
    // been drained and opened again.
    const tried = limits.lasting ? this.#gaveUp.get(need)?.get(limits) : undefined;
    if (tried !== undefined) return this.#lookOn(tried, need, limits, admits);
    const found = this.#look(need, limits, admits);
    if (found === NOWHERE && limits.lasting) this.#giveUp(need, limits, this.#fleet.opened.length);
    return found;
  }

  /** A place as above that is not `avoided`; NOWHERE where the first few that were looked at all are. */
  placeBut(avoided: Admits, need: Need, limits: Limits): number {
    let looked = 0;
    const fits = within(limits.all);
    // Once too many were avoided any place will do, to end the search.
    const admits: Admits = node => fits(node) && (looked >= ENOUGH || !avoided(node) || ++looked >= ENOUGH);
    const found = need.suit.pinned ? this.#emptiest(need.suit.pinned, need, admits) : this.#look(need, limits, admits);
    return looked >= ENOUGH ? NOWHERE : found;
  }

  #lookOn(from: number, need: Need, limits: Limits, admits: Admits): number {
    const { opened } = this.#fleet;
    let place = from;
    while (place < opened.length && !this.#takes(opened[place] ?? NOWHERE, need, admits)) place += 1;
    this.#giveUp(need, limits, place);
    return opened[place] ?? NOWHERE;
  }

  #giveUp(need: Need, limits: Limits, until: number): void {
    const known = this.#gaveUp.get(need) ?? new Map<Limits, number>();
    this.#gaveUp.set(need, known.set(limits, until));
  }

  #look(need: Need, { fine, coarse }: Limits, admits: Admits): number {
    for (const { tally, most } of fine) {
      const nodes = tally.nodesWithin(most());
      if (nodes) return this.#emptiest(nodes, need, admits);
    }
    const { groups } = need.suit;
    if (coarse.length === 0) return this.#emptiestOf(groups, need, admits);
    // All nodes of a group have the same zone, so that a zone which is full costs nothing.
    const admitsGroup = within(coarse);
    return this.#emptiestOf(
      groups.filter(({ nodes: [first = NOWHERE] }) => admitsGroup(first)),
      need,
      admits,
    );
  }

  #takes(node: number, need: Need, admits: Admits): boolean {
    return this.#fleet.takes(node, need) && admits(node);
  }

  /** Among the first that take it: where many are named, not all of them have to be looked at. */
  #emptiest(nodes: Iterable<number>, need: Need, admits: Admits): number {
    let best = NOWHERE;
    let seen = 0;
    for (const node of nodes) {
      if (!this.#takes(node, need, admits)) continue;
      if (best === NOWHERE || this.#fleet.shareOf(node) > this.#fleet.shareOf(best)) best = node;
      seen += 1;
      if (seen === ENOUGH) break;
    }
    return best;
  }

  /** In the emptiest group first. */
  #emptiestOf(groups: readonly NodeGroup[], need: Need, admits: Admits): number {
    for (let left = groups; left.length > 0; ) {
      const best = left.reduce((a, b) => (b.free.share > a.free.share ? b : a));
      const place = best.free.find(need.requests, at => this.#takes(best.nodes[at] ?? NOWHERE, need, admits));
      if (place >= 0) return best.nodes[place] ?? NOWHERE;
      left = left.filter(group => group !== best);
    }
    return NOWHERE;
  }
}

const anywhere: Admits = () => true;

/** Whether all limits let a pod go to a node; what they allow is asked once, for one search. */
function within(limits: readonly Limit[]): Admits {
  if (limits.length === 0) return anywhere;
  const bounds = limits.map(limit => limit.most());
  return node => {
    for (let place = 0; place < limits.length; place += 1) {
      const limit = limits[place];
      const count = limit?.tally.at(node);
      if (count === undefined ? limit?.everywhere : count > (bounds[place] ?? 0)) return false;
    }
    return true;
  };
}
