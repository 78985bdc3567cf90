import type { Topology } from './topology.ts';

/** The nodes that count for a tally, and the values of its node label that they have. */
export interface Counting {
  /** 1 for each node that counts. */
  readonly nodes: Uint8Array;
  readonly domains: readonly number[];
}

/** While fewer than one value in so many has a pod, nearly every node is within any limit. */
const SPARSE = 8;

/** Counts the pods that one selector chooses, for each value of a node label. */
export class Tally {
  readonly topology: Topology;
  /** undefined where all nodes count that have the label. */
  readonly #counting: Counting | undefined;
  /** Only values with any pod. */
  readonly #counts = new Map<number, number>();
  /** The values by their count, kept only once a good part of them have pods: before that the least is none. */
  #levels: Set<number>[] | undefined;

  constructor(topology: Topology, counting?: Counting) {
    this.topology = topology;
    this.#counting = counting;
  }

  /** How many values are counted at all. */
  get domains(): number {
    return this.#counting?.domains.length ?? this.topology.nodesOf.length;
  }

  add(node: number, by: 1 | -1): void {
    const domain = this.topology.domainOf[node] ?? -1;
    if (domain < 0 || this.#counting?.nodes[node] === 0) return;
    const before = this.#counts.get(domain) ?? 0;
    const after = before + by;
    if (after === 0) this.#counts.delete(domain);
    else this.#counts.set(domain, after);
    this.#levels?.[before]?.delete(domain);
    if (this.#levels) levelOf(this.#levels, after).add(domain);
  }

  /** The count where this node is; undefined where it does not have the label. */
  at(node: number): number | undefined {
    const domain = this.topology.domainOf[node] ?? -1;
    return domain < 0 ? undefined : (this.#counts.get(domain) ?? 0);
  }

  /** The count of the value that has the fewest. */
  least(): number {
    const levels = this.#sorted();
    return levels
      ? Math.max(
          0,
          levels.findIndex(level => level.size > 0),
        )
      : 0;
  }

  /** The nodes where the count is at most this; undefined where that is nearly all of them. */
  nodesWithin(limit: number): Iterable<number> | undefined {
    const levels = this.#sorted();
    return levels && this.#nodesOf(levels.slice(0, Math.max(0, limit + 1)));
  }

  *#nodesOf(levels: readonly ReadonlySet<number>[]): Generator<number> {
    for (const level of levels) for (const domain of level) yield* this.topology.nodesOf[domain] ?? [];
  }

  /** Costs all values once, when so many have pods that it is no more than a few times what those pods cost already. */
  #sorted(): Set<number>[] | undefined {
    if (this.#levels || this.#counts.size * SPARSE < this.domains) return this.#levels;
    const levels: Set<number>[] = [];
    for (const domain of this.#counting?.domains ?? this.topology.nodesOf.keys())
      levelOf(levels, this.#counts.get(domain) ?? 0).add(domain);
    this.#levels = levels;
    return levels;
  }
}

function levelOf(levels: Set<number>[], count: number): Set<number> {
  for (let level = levels.length; level <= count; level += 1) levels.push(new Set());
  return levels[count] ?? new Set();
}
