import type { Phase } from '../../plan/plan.ts';

/** A step of an upgrade Job that ends badly: what it prints, and the sentence in its termination message. */
export interface JobFailure {
  /** Every node where absent. */
  readonly node?: string;
  readonly phase?: Phase;
  /** The step that fails; `kubeadm` where absent. */
  readonly step?: string;
  readonly times: number | 'always';
  readonly log?: readonly string[];
  readonly reason?: string;
}

/** What can go wrong on the hosts. */
export class HostFaults {
  #failures: { failure: JobFailure; left: number }[] = [];
  readonly #neverReturn = new Set<string>();

  failJob(failure: JobFailure): void {
    this.#failures.push({ failure, left: failure.times === 'always' ? Number.POSITIVE_INFINITY : failure.times });
  }

  /** The node's kubelet does not come back after its upgrade. */
  neverReturn(node: string): void {
    this.#neverReturn.add(node);
  }

  clear(): void {
    this.#failures = [];
    this.#neverReturn.clear();
  }

  staysAway(node: string): boolean {
    return this.#neverReturn.has(node);
  }

  /** The failure that strikes this step, counted down. */
  strike(node: string, phase: Phase, step: string): JobFailure | undefined {
    const entry = this.#failures.find(
      ({ failure, left }) =>
        left > 0 &&
        (failure.node ?? node) === node &&
        (failure.phase ?? phase) === phase &&
        (failure.step ?? 'kubeadm') === step,
    );
    if (entry) entry.left -= 1;
    return entry?.failure;
  }
}
