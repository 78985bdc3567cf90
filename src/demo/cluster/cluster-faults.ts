import type { Absence, Gate } from './api/gate.ts';
import type { Lists } from './api/list.ts';
import type { RequestFaults } from './api/request-faults.ts';
import type { Watches } from './api/watch.ts';
import type { JobFailure } from './faults.ts';
import type { Machines } from './machines.ts';
import type { Simulation } from './simulation.ts';

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

  /** Takes back all faults but silent nodes. */
  clear(): void {
    this.#parts.requests.clear();
    this.#parts.sim.hostFaults.clear();
    this.#parts.gate.back();
  }
}
