import type { Kubectl } from '../kubectl.ts';
import { CAPSTAN_NAMESPACE } from './installation.ts';

/** How often kubelets started workers' containers again, counted over all pods that there ever were. */
export class RestartWatcher {
  readonly #counts = new Map<string, number>();

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  watch(kubectl: Kubectl, signal: AbortSignal): Promise<void> {
    return kubectl.watch(
      ['pods', '-n', CAPSTAN_NAMESPACE, '-l', 'app.kubernetes.io/component=worker'],
      ['.metadata.name', '.status.containerStatuses[0].restartCount'],
      rows => {
        for (const [name = '', count = ''] of rows.values()) this.#counts.set(name, Number(count));
      },
      signal,
    );
  }
}
