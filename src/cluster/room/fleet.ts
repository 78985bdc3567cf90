import { fits, type Resources } from '../resources.ts';
import type { NodeGroups } from './node-groups.ts';
import type { Suit } from './suit.ts';

/** What a pod asks of a node. Pods of one workload share theirs. */
export interface Need {
  readonly requests: Resources;
  readonly hostPorts: readonly string[];
  readonly suit: Suit;
}

/** What running takes of a node. */
export type Load = Omit<Need, 'suit'>;

/** Resources that change in place: there are as many changes as pods that move. */
interface Free {
  cpuMilli: number;
  memoryBytes: number;
  pods: number;
  others: Record<string, number>;
}

/** The nodes as they are filled and emptied. Those that take no pods at the moment are closed; at first all are. */
export class Fleet {
  readonly nodes: NodeGroups;
  readonly #free: readonly Free[];
  readonly #isOpen: Uint8Array;
  /** Every node that was opened, in turn: what fitted nowhere before has to look at those only. */
  readonly #opened: number[] = [];
  /** How many pods have each host port; most nodes give none away. */
  readonly #ports = new Map<number, Map<string, number>>();

  constructor(nodes: NodeGroups) {
    this.nodes = nodes;
    this.#free = nodes.views.map(({ allocatable }) => ({ ...allocatable, others: { ...allocatable.others } }));
    this.#isOpen = new Uint8Array(nodes.views.length);
  }

  get opened(): readonly number[] {
    return this.#opened;
  }

  open(node: number): void {
    this.#isOpen[node] = 1;
    this.#opened.push(node);
    this.#tell(node);
  }

  close(node: number): void {
    this.#isOpen[node] = 0;
    this.#tell(node);
  }

  /** Whether it fits is the caller's business: what runs already does, whatever the sums say. */
  take(node: number, load: Load): void {
    this.#change(node, load, 1);
  }

  release(node: number, load: Load): void {
    this.#change(node, load, -1);
  }

  isOpen(node: number): boolean {
    return this.#isOpen[node] === 1;
  }

  freeOn(node: number): Resources {
    return this.#free[node] ?? NOTHING;
  }

  /** The parts of its CPU and memory that are free, added up: kube-scheduler's LeastAllocated. */
  shareOf(node: number): number {
    const { allocatable = NOTHING } = this.nodes.views[node] ?? {};
    const { cpuMilli, memoryBytes } = this.freeOn(node);
    return cpuMilli / (allocatable.cpuMilli || 1) + memoryBytes / (allocatable.memoryBytes || 1);
  }

  /** Whether the pod could go there as far as the node itself is concerned. */
  takes(node: number, need: Need): boolean {
    return (
      this.isOpen(node) &&
      need.suit.suits(node) &&
      fits(need.requests, this.freeOn(node)) &&
      !this.lacksPort(node, need.hostPorts)
    );
  }

  lacksPort(node: number, hostPorts: readonly string[]): boolean {
    const taken = hostPorts.length > 0 ? this.#ports.get(node) : undefined;
    return taken !== undefined && hostPorts.some(port => (taken.get(port) ?? 0) > 0);
  }

  #change(node: number, { requests, hostPorts }: Load, by: 1 | -1): void {
    const free = this.#free[node];
    if (!free) return;
    free.cpuMilli -= by * requests.cpuMilli;
    free.memoryBytes -= by * requests.memoryBytes;
    free.pods -= by * requests.pods;
    for (const name in requests.others)
      free.others[name] = (free.others[name] ?? 0) - by * (requests.others[name] ?? 0);
    for (const port of hostPorts) this.#count(node, port, by);
    if (this.isOpen(node)) this.#tell(node);
  }

  #count(node: number, port: string, by: 1 | -1): void {
    const ports = this.#ports.get(node) ?? new Map<string, number>();
    ports.set(port, (ports.get(port) ?? 0) + by);
    this.#ports.set(node, ports);
  }

  #tell(node: number): void {
    const group = this.nodes.groupOf[node];
    const place = this.nodes.placeInGroup[node] ?? 0;
    if (this.isOpen(node)) group?.free.open(place, this.freeOn(node), this.shareOf(node));
    else group?.free.close(place);
  }
}

const NOTHING: Resources = { cpuMilli: 0, memoryBytes: 0, pods: 0 };
