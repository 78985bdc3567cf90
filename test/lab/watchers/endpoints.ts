import type { Kubectl } from '../kubectl.ts';
import type { Timeline } from '../timeline.ts';
import { NAMESPACE } from '../workload.ts';

/**
 * When a pod of the Service began to leave, and how much later the Service was told so: as kubectl saw it, which sees
 * nothing while it starts again. A pod that ends sooner than that is still called; this tells whose fault it was.
 */
export class EndpointsWatcher {
  /** Epoch milliseconds, by the name of the pod. */
  readonly #leaving = new Map<string, number>();
  #served = new Set<string>();

  async watch(kubectl: Kubectl, timeline: Timeline, signal: AbortSignal): Promise<void> {
    const pods = kubectl.watch(
      ['pods', '-n', NAMESPACE, '-l', 'app=web'],
      ['.metadata.name', '.metadata.deletionTimestamp', '.spec.nodeName'],
      rows => {
        for (const [name = '', leaves, node] of rows.values()) {
          if (leaves === '' || this.#leaving.has(name)) continue;
          this.#leaving.set(name, timeline.note(`${name} begins to leave ${node}`));
        }
      },
      signal,
    );
    const slices = kubectl.watch(
      ['endpointslices', '-n', NAMESPACE, '-l', 'kubernetes.io/service-name=web'],
      ['.metadata.name', '.endpoints[?(@.conditions.ready==true)].targetRef.name'],
      rows =>
        this.#changed(
          [...rows.values()].flatMap(([, names = '']) => names.split(' ')),
          timeline,
        ),
      signal,
    );
    await Promise.all([pods, slices]);
  }

  #changed(names: readonly string[], timeline: Timeline): void {
    const now = new Set(names.filter(name => name !== ''));
    for (const name of [...this.#served].filter(each => !now.has(each))) {
      const since = this.#leaving.get(name);
      const late = since === undefined ? '' : `, ${((Date.now() - since) / 1000).toFixed(1)} s after it began to leave`;
      timeline.note(`${name} is out of the Service${late}`);
    }
    for (const name of [...now].filter(each => !this.#served.has(each))) timeline.note(`${name} is in the Service`);
    this.#served = now;
  }
}
