import type { NodeView, PodView } from '../../../src/cluster/snapshot.ts';
import { POOL, ZONE, ZONES } from './traits.ts';
import type { Workload } from './workloads.ts';

/** Goes round the nodes, zone by zone; fills each to two thirds. */
export class Placer {
  readonly #nodes: readonly NodeView[];
  readonly #used = new Map<string, { cpu: number; memory: number; gpu: number; pods: number }>();
  #next = 0;
  #missed = 0;

  constructor(nodes: readonly NodeView[]) {
    this.#nodes = nodes.filter(({ role }) => role === 'worker');
    for (const { name } of nodes) this.#used.set(name, { cpu: 0, memory: 0, gpu: 0, pods: 0 });
  }

  get isFull(): boolean {
    return this.#missed > 200;
  }

  use({ node = '', requests }: PodView): void {
    const used = this.#used.get(node);
    if (!used) return;
    used.cpu += requests.cpuMilli;
    used.memory += requests.memoryBytes;
    used.gpu += requests.others?.['nvidia.com/gpu'] ?? 0;
    used.pods += 1;
  }

  /** Never twice the same node in turn, so that replicas stand apart and in all zones. */
  placeFor(view: PodView, { kind, pool }: Partial<Workload> = {}): NodeView | undefined {
    const zone = kind === 'StatefulSet' ? ZONES[Number(view.labels.replica) % ZONES.length] : undefined;
    for (let tries = 0; tries < this.#nodes.length; tries += 1) {
      const node = this.#nodes[this.#next % this.#nodes.length];
      this.#next += 1;
      if (node && this.#suits(node, view, pool, zone)) {
        this.#missed = 0;
        return node;
      }
      if (tries > 400) break;
    }
    this.#missed += 1;
    return undefined;
  }

  #suits({ name, labels, allocatable }: NodeView, { requests }: PodView, pool = '', zone = ''): boolean {
    const used = this.#used.get(name);
    const gpu = requests.others?.['nvidia.com/gpu'] ?? 0;
    if (!used || (pool !== '' && labels[POOL] !== pool) || (zone !== '' && labels[ZONE] !== zone)) return false;
    if ((labels[POOL] === 'gpu') !== gpu > 0) return false;
    return (
      used.cpu + requests.cpuMilli <= allocatable.cpuMilli * FILL &&
      used.memory + requests.memoryBytes <= allocatable.memoryBytes * FILL &&
      used.gpu + gpu <= (allocatable.others?.['nvidia.com/gpu'] ?? 0) * FILL &&
      used.pods + 1 <= allocatable.pods * FILL
    );
  }
}

const FILL = 2 / 3;
