import type { Absence, Gate } from './api/gate.ts';
import type { Lists } from './api/list.ts';
import type { RequestFaults } from './api/request-faults.ts';
import type { Watches } from './api/watch.ts';
import type { JobFailure } from './faults.ts';
import type { Machines } from './machines.ts';
import type { Simulation } from './simulation.ts';
import type { PodDisruptionBudget } from './store/objects.ts';

interface FaultParts {
  readonly sim: Simulation;
  readonly gate: Gate;
  readonly watches: Watches;
  readonly lists: Lists;
  readonly requests: RequestFaults;
  readonly machines: Machines;
}

/** Everything that can go wrong, to be switched on at any time. */
export class ClusterFaults {
  readonly #parts: FaultParts;
  readonly #opening = new Set<() => void>();

  constructor(parts: FaultParts) {
    this.#parts = parts;
  }

  /** The API goes away for so many simulated seconds, one way after the other. */
  outage(...absences: readonly Absence[]): void {
    this.#parts.gate.away(absences);
  }

  /** How many requests an API server that hangs has taken and not answered. */
  get swallowed(): number {
    return this.#parts.gate.swallowed;
  }

  /** Ends an outage. */
  endOutage(): void {
    this.#parts.gate.back();
  }

  /** Every answer comes so many real milliseconds late. */
  latency(milliseconds: number): void {
    this.#parts.requests.delay(milliseconds);
  }

  /** 500 for a share of the requests (0 to 1), or for the next `count`. */
  serverErrors(fault: { readonly rate?: number; readonly count?: number }): void {
    this.#parts.requests.fail(fault);
  }

  /** Cuts every open watch. */
  dropWatches(): void {
    this.#parts.watches.drop();
  }

  /** Forgets history: watches from the past and lists in progress answer 410. */
  compact(): void {
    this.#parts.sim.store.compact();
    this.#parts.lists.forget();
  }

  /** The node's kubelet does not come back after its next upgrade. */
  nodeNeverReturns(node: string): void {
    this.#parts.sim.hostFaults.neverReturn(node);
  }

  /** The node's kubelet stops now. */
  silenceNode(node: string): void {
    this.#parts.machines.silence(node);
  }

  /** A silent node comes back. */
  reviveNode(node: string): void {
    this.#parts.machines.revive(node);
  }

  /** Upgrade Jobs fail, once, some times or always. */
  failJob(failure: JobFailure): void {
    this.#parts.sim.hostFaults.failJob(failure);
  }

  /** The budget (`namespace/name`) wants all of its pods until so many simulated seconds are over. */
  closeBudget(key: string, seconds: number): void {
    const { store, clock } = this.#parts.sim;
    const before = store.at('poddisruptionbudgets', key)?.spec;
    if (!before) throw new Error(`there is no budget ${key}`);
    const write = (spec: PodDisruptionBudget['spec']) =>
      store.update('poddisruptionbudgets', key, draft => {
        draft.spec = spec;
        draft.metadata.generation = (draft.metadata.generation ?? 1) + 1;
      });
    const { maxUnavailable: _, ...others } = before;
    write({ ...others, minAvailable: '100%' });
    const open = () => {
      if (this.#opening.delete(open)) write(before);
      cancel();
    };
    this.#opening.add(open);
    const cancel = clock.after(seconds, open);
  }

  /** Takes back all faults but silent nodes. */
  clear(): void {
    for (const open of [...this.#opening]) open();
    this.#parts.requests.clear();
    this.#parts.sim.hostFaults.clear();
    this.#parts.gate.back();
  }
}
