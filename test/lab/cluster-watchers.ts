import type { Kubectl } from './kubectl.ts';
import type { Timeline } from './timeline.ts';
import { JOB_NAMESPACE, LEAST_READY, NAMESPACE } from './workload.ts';

/** Everything here looks from outside, through kubectl alone, and shares no code with the product. */

/** Whether the disruption budget was kept: counted from the pods themselves, and as the cluster counts. */
export class BudgetWatcher {
  readonly violations: string[] = [];
  fewestReady = Number.POSITIVE_INFINITY;
  #looks = 0;

  get looks(): number {
    return this.#looks;
  }

  async watch(kubectl: Kubectl, timeline: Timeline, signal: AbortSignal): Promise<void> {
    const ready = '.status.conditions[?(@.type=="Ready")].status';
    const pods = kubectl.watch(
      ['pods', '-n', NAMESPACE, '-l', 'app=web'],
      ['.metadata.name', '.metadata.deletionTimestamp', ready, '.spec.nodeName'],
      rows => {
        const healthy = [...rows.values()].filter(([, leaving, state]) => leaving === '' && state === 'True').length;
        this.#count(healthy, LEAST_READY, `${healthy} pods of ${NAMESPACE}/web were ready`, timeline);
      },
      signal,
    );
    const budgets = kubectl.watch(
      ['poddisruptionbudgets', '-n', NAMESPACE],
      ['.metadata.name', '.status.currentHealthy', '.status.desiredHealthy'],
      rows => {
        for (const [name, current, desired] of rows.values()) {
          const text = `the budget ${name} had ${current} healthy pods and wanted ${desired}`;
          this.#count(Number(current), Number(desired), text, timeline);
        }
      },
      signal,
    );
    await Promise.all([pods, budgets]);
  }

  #count(healthy: number, least: number, text: string, timeline: Timeline): void {
    this.#looks += 1;
    this.fewestReady = Math.min(this.fewestReady, healthy);
    if (healthy >= least) return;
    this.violations.push(text);
    timeline.note(`BUDGET VIOLATED: ${text}`);
  }
}

interface NodeStory {
  cordons: number;
  cordonedAt?: number;
  uncordonedAt?: number;
  upgradedAt?: number;
}

/** Which node was cordoned and changed its version when, and how many at once. */
export class NodeWatcher {
  readonly stories = new Map<string, NodeStory>();
  /** Names, in the order in which their kubelets changed. */
  readonly kubeletOrder: string[] = [];
  mostCordoned = 0;
  readonly #seen = new Map<string, { cordoned: boolean; kubelet: string }>();
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
        const cordoned = [...rows.values()].filter(([, unschedulable]) => unschedulable === 'true').length;
        this.mostCordoned = Math.max(this.mostCordoned, cordoned);
        for (const [name = '', unschedulable, kubelet = ''] of rows.values()) {
          this.#compare(name, unschedulable === 'true', kubelet);
        }
      },
      signal,
    );
  }

  #compare(name: string, cordoned: boolean, kubelet: string): void {
    const before = this.#seen.get(name);
    this.#seen.set(name, { cordoned, kubelet });
    if (!before) return;
    const story = this.stories.get(name) ?? { cordons: 0 };
    this.stories.set(name, story);
    if (cordoned && !before.cordoned) {
      story.cordons += 1;
      story.cordonedAt ??= this.#timeline.note(`${name} is cordoned`);
      this.#onCordon(name);
    }
    if (kubelet !== before.kubelet) {
      story.upgradedAt = this.#timeline.note(`${name}: kubelet ${before.kubelet} -> ${kubelet}`);
      this.kubeletOrder.push(name);
    }
    if (!cordoned && before.cordoned) story.uncordonedAt = this.#timeline.note(`${name} is uncordoned`);
  }
}

/** When each of kubeadm's pods first ran which image. */
export class ComponentWatcher {
  readonly changes: { readonly pod: string; readonly image: string; readonly at: number }[] = [];
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

interface JobStory {
  readonly node: string;
  readonly startedAt: number;
  endedAt?: number;
}

/** Every upgrade Job that there ever was, by name, and whether a node ever had two at work. */
export class JobWatcher {
  readonly stories = new Map<string, JobStory>();
  readonly doubles: string[] = [];

  watch(kubectl: Kubectl, timeline: Timeline, onJob: (node: string) => void, signal: AbortSignal): Promise<void> {
    return kubectl.watch(
      ['jobs', '-A', '-l', 'app.kubernetes.io/managed-by=capstan'],
      ['.metadata.name', '.spec.template.spec.nodeName', '.status.succeeded', '.status.failed'],
      rows => {
        const live = new Map<string, string>();
        for (const [name = '', node = '', succeeded = '', failed = ''] of rows.values()) {
          const over = succeeded !== '' || failed !== '';
          this.#tell(name, node, over, timeline, onJob);
          const other = live.get(node);
          if (!over && other !== undefined) this.doubles.push(`${name} and ${other} on ${node}`);
          if (!over) live.set(node, name);
        }
      },
      signal,
    );
  }

  #tell(name: string, node: string, over: boolean, timeline: Timeline, onJob: (node: string) => void): void {
    const story = this.stories.get(name);
    if (story === undefined) {
      this.stories.set(name, { node, startedAt: timeline.note(`Job ${name} on ${node}`) });
      onJob(node);
    } else if (over && story.endedAt === undefined) {
      story.endedAt = timeline.note(`Job ${name} is over`);
    }
  }
}

/** Who held a lease in the namespace of the upgrade Jobs. */
export class LeaseWatcher {
  readonly holders = new Set<string>();

  watch(kubectl: Kubectl, timeline: Timeline, signal: AbortSignal): Promise<void> {
    return kubectl.watch(
      ['leases', '-n', JOB_NAMESPACE],
      ['.metadata.name', '.spec.holderIdentity'],
      rows => {
        for (const [name = '', holder = ''] of rows.values()) {
          if (holder === '' || this.holders.has(holder)) continue;
          this.holders.add(holder);
          timeline.note(`Lease ${name} is held by ${holder}`);
        }
      },
      signal,
    );
  }
}
