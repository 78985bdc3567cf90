import type { NodeView } from '../snapshot.ts';

/** The values of one node label, numbered: hosts, zones, racks. Nodes are named by their place in the list. */
export interface Topology {
  /** The number of the value that each node has; -1 where it has none. */
  readonly domainOf: Int32Array;
  readonly nodesOf: readonly (readonly number[])[];
  readonly numbers: ReadonlyMap<string, number>;
  /** So many values that each is about one node: nodes are not grouped by them. */
  readonly fine: boolean;
}

/** Zones, pools and kinds of machines are fewer; hosts are more. */
const MOST_COARSE = 64;

export function readTopology(nodes: readonly NodeView[], key: string): Topology {
  const numbers = new Map<string, number>();
  const domainOf = new Int32Array(nodes.length).fill(-1);
  const nodesOf: number[][] = [];
  for (const [place, { labels }] of nodes.entries()) {
    const value = labels[key];
    if (value === undefined) continue;
    const domain = numbers.get(value) ?? numbers.size;
    numbers.set(value, domain);
    domainOf[place] = domain;
    const known = nodesOf[domain];
    if (known) known.push(place);
    else nodesOf[domain] = [place];
  }
  return { domainOf, nodesOf, numbers, fine: numbers.size > MOST_COARSE };
}
