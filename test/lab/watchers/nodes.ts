import type { Kubectl } from '../kubectl.ts';
import type { Timeline } from '../timeline.ts';

/** From a cordon to its end. Epoch milliseconds. */
export interface Cordon {
  readonly node: string;
  readonly from: number;
  to?: number;
}

interface KubeletChange {
  readonly node: string;
  readonly version: string;
  readonly at: number;
}

/** Which node was cordoned and changed its version when, and how many at once. */
export class NodeWatcher {
  readonly cordons: Cordon[] = [];
  readonly kubelets: KubeletChange[] = [];
  /** Names of nodes that were cordoned when the first look was taken, and were not some time later. */
  readonly freed = new Set<string>();
  /** Beside those that were cordoned before. */
  mostCordoned = 0;
  #cordonedBefore: ReadonlySet<string> | undefined;
  readonly #seen = new Map<string, { readonly cordoned: boolean; readonly kubelet: string }>();
  readonly #timeline: Timeline;
  readonly #onCordon: (node: string) => void;

  constructor(timeline: Timeline, onCordon: (node: string) => void) {
    this.#timeline = timeline;
    this.#onCordon = onCordon;
  }

  watch(kubectl: Kubectl, signal: AbortSignal): Promise<void> {
    return kubectl.watch(
      ['nodes'],
      ['.metadata.name', '.spec.unschedulable', '.status.nodeInfo.kubeletVersion'],
      rows => {
        const nodes = [...rows.values()].map(([name = '', unschedulable, kubelet = '']) => ({
          name,
          cordoned: unschedulable === 'true',
          kubelet,
        }));
        const cordoned = nodes.filter(each => each.cordoned).map(({ name }) => name);
        this.#cordonedBefore ??= new Set(cordoned);
        const before = this.#cordonedBefore;
        this.mostCordoned = Math.max(this.mostCordoned, cordoned.filter(name => !before.has(name)).length);
        for (const node of nodes) this.#compare(node.name, node);
      },
      signal,
    );
  }

  #compare(name: string, now: { readonly cordoned: boolean; readonly kubelet: string }): void {
    const before = this.#seen.get(name);
    this.#seen.set(name, { cordoned: now.cordoned, kubelet: now.kubelet });
    if (!before) return;
    if (now.cordoned && !before.cordoned) {
      this.cordons.push({ node: name, from: this.#timeline.note(`${name} is cordoned`) });
      this.#onCordon(name);
    }
    if (now.kubelet !== before.kubelet) {
      const at = this.#timeline.note(`${name}: kubelet ${before.kubelet} -> ${now.kubelet}`);
      this.kubelets.push({ node: name, version: now.kubelet, at });
    }
    if (!now.cordoned && before.cordoned) this.#uncordoned(name);
  }

  #uncordoned(name: string): void {
    const at = this.#timeline.note(`${name} is uncordoned`);
    if (this.#cordonedBefore?.has(name)) this.freed.add(name);
    const open = this.cordons.findLast(({ node, to }) => node === name && to === undefined);
    if (open) open.to = at;
  }
}
