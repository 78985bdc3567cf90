import type { Kubectl } from '../kubectl.ts';
import type { Timeline } from '../timeline.ts';

interface ComponentChange {
  readonly pod: string;
  readonly image: string;
  readonly at: number;
}

/** When each of kubeadm's pods first ran which image. */
export class ComponentWatcher {
  readonly changes: ComponentChange[] = [];
  readonly #images = new Map<string, string>();

  watch(kubectl: Kubectl, timeline: Timeline, signal: AbortSignal): Promise<void> {
    return kubectl.watch(
      ['pods', '-n', 'kube-system', '-l', 'tier=control-plane'],
      ['.metadata.name', '.status.containerStatuses[0].image'],
      rows => {
        for (const [pod = '', image = ''] of rows.values()) {
          const before = this.#images.get(pod);
          if (image === '') continue;
          this.#images.set(pod, image);
          if (before === undefined || before === image) continue;
          this.changes.push({ pod, image, at: timeline.note(`${pod}: now ${image.split('/').at(-1)}`) });
        }
      },
      signal,
    );
  }
}
