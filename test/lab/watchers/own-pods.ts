import { CAPSTAN_NAMESPACE } from '../capstan/installation.ts';
import type { Kubectl } from '../kubectl.ts';

/** Where Capstan's own pods are. */
export class OwnPodsWatcher {
  /** Names of nodes that carried a worker when they were cordoned. */
  readonly drainedUnderWorkers = new Set<string>();
  #workers: readonly string[] = [];

  watch(kubectl: Kubectl, signal: AbortSignal): Promise<void> {
    return kubectl.watch(
      ['pods', '-n', CAPSTAN_NAMESPACE, '-l', 'app.kubernetes.io/component=worker'],
      ['.metadata.name', '.spec.nodeName', '.metadata.deletionTimestamp'],
      rows => {
        this.#workers = [...rows.values()].flatMap(([, node = '', leaving]) => (leaving === '' ? node : []));
      },
      signal,
    );
  }

  cordoned(node: string): void {
    if (this.#workers.includes(node)) this.drainedUnderWorkers.add(node);
  }
}
