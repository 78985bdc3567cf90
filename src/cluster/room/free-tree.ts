import type { Resources } from '../resources.ts';

/** What is kept of each node and of each branch, one after the other. */
const CPU = 0;
const MEMORY = 1;
const PODS = 2;
const SHARE = 3;
const FIELDS = 4;

/**
 * What is free on each of a group of nodes, so that the emptiest that has room is found without trying them all: each
 * branch knows the most that is free of each resource below it (a tournament). Finding and changing cost the logarithm
 * of the number of nodes, except where one resource is left on some nodes and the other on the rest.
 */
export class FreeTree {
  /** Where the nodes begin; a branch stands at half the place of those below it. */
  readonly #leaves: number;
  readonly #values: Float64Array;

  constructor(count: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, count)));
    this.#values = new Float64Array(2 * this.#leaves * FIELDS).fill(-1);
  }

  /** Whether any node takes pods. */
  get isOpen(): boolean {
    return this.#at(1, PODS) >= 0;
  }

  /** The largest share that is free on any node; negative where none takes pods, or where more is used than there is. */
  get share(): number {
    return this.#at(1, SHARE);
  }

  /** The most that is free of each, be it on different nodes; negative where none takes pods. */
  get most(): Resources {
    return { cpuMilli: this.#at(1, CPU), memoryBytes: this.#at(1, MEMORY), pods: this.#at(1, PODS) };
  }

  /** The node takes pods. `share` is the part of it that is free: the greatest is chosen first. */
  open(place: number, free: Resources, share: number): void {
    // Where more is used than there is, whoever asks for nothing of it still fits.
    this.#set(place, Math.max(0, free.cpuMilli), Math.max(0, free.memoryBytes), Math.max(0, free.pods), share);
  }

  close(place: number): void {
    this.#set(place, -1, -1, -1, -1);
  }

  /** A node that has so much free and is admitted, about the emptiest; -1 where there is none. */
  find(wanted: Resources, admits: (place: number) => boolean): number {
    return this.#descend(1, wanted, admits);
  }

  #descend(at: number, wanted: Resources, admits: (place: number) => boolean): number {
    const fits =
      wanted.cpuMilli <= this.#at(at, CPU) &&
      wanted.memoryBytes <= this.#at(at, MEMORY) &&
      wanted.pods <= this.#at(at, PODS);
    if (!fits) return -1;
    if (at >= this.#leaves) return admits(at - this.#leaves) ? at - this.#leaves : -1;
    const better = 2 * at + (this.#at(2 * at, SHARE) >= this.#at(2 * at + 1, SHARE) ? 0 : 1);
    const found = this.#descend(better, wanted, admits);
    return found >= 0 ? found : this.#descend(better ^ 1, wanted, admits);
  }

  #at(at: number, field: number): number {
    return this.#values[at * FIELDS + field] ?? -1;
  }

  #set(place: number, cpu: number, memory: number, pods: number, share: number): void {
    const leaf = (this.#leaves + place) * FIELDS;
    this.#values[leaf + CPU] = cpu;
    this.#values[leaf + MEMORY] = memory;
    this.#values[leaf + PODS] = pods;
    this.#values[leaf + SHARE] = share;
    for (let at = (this.#leaves + place) >> 1; at >= 1; at >>= 1) {
      for (let field = 0; field < FIELDS; field += 1) {
        this.#values[at * FIELDS + field] = Math.max(this.#at(2 * at, field), this.#at(2 * at + 1, field));
      }
    }
  }
}
