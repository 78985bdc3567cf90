import type { PodView } from '../snapshot.ts';

/**
 * Pods of one controller. kube-scheduler puts them on different nodes where it can, without being asked to
 * (topology-spread-constraints, "Internal default constraints"): that only scores nodes, so nobody stays Pending for it.
 */
export class Kin {
  /** By pod: the number of its controller; -1 where it has none, or one whose pods no drain moves. */
  readonly #kinOf: Int32Array;

  constructor(pods: readonly PodView[]) {
    const numbers = new Map<string, number>();
    const known = new Map<object, number>();
    this.#kinOf = Int32Array.from(pods, ({ controller }) => {
      if (!controller || controller.kind === 'DaemonSet') return -1;
      const number = known.get(controller) ?? numbers.get(controller.uid) ?? numbers.size;
      numbers.set(controller.uid, number);
      known.set(controller, number);
      return number;
    });
  }

  /** Whether others of the pod's controller are among these. */
  isAmong(pod: number, others: readonly number[]): boolean {
    const kin = this.#kinOf[pod] ?? -1;
    return kin >= 0 && others.some(other => this.#kinOf[other] === kin);
  }
}
