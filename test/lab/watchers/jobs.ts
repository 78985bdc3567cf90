import type { Kubectl } from '../kubectl.ts';
import type { Timeline } from '../timeline.ts';

/** One upgrade Job. Moments are the cluster's own, in epoch milliseconds, and exact to the second. */
export interface JobStory {
  readonly name: string;
  readonly node: string;
  /** `control-plane` or `kubelet`. */
  readonly phase: string;
  /** Whether it only looks at the host, before anything is touched. */
  readonly looksOnly: boolean;
  /** `v1.37.2` */
  readonly to: string;
  readonly startedAt: number;
  /** When its last pod ended; missing while one is at work, or where none was seen. */
  endedAt?: number;
}

const OURS = ['-A', '-l', 'app.kubernetes.io/managed-by=capstan'];
const settingOf = (name: string) => `.spec.template.spec.containers[0].env[?(@.name=="${name}")].value`;

/** Every upgrade Job that there ever was, in the order of their beginning. */
export class JobWatcher {
  readonly stories: JobStory[] = [];
  /** By the names of Job and pod: when the pod ended, or undefined. */
  readonly #pods = new Map<string, Map<string, number | undefined>>();

  async watch(kubectl: Kubectl, timeline: Timeline, onJob: (node: string) => void, signal: AbortSignal): Promise<void> {
    const jobs = kubectl.watch(
      ['jobs', ...OURS],
      [
        ...['.metadata.name', '.spec.template.spec.nodeName', '.metadata.creationTimestamp'],
        ...['CAPSTAN_PHASE', 'CAPSTAN_ONLY', 'CAPSTAN_TO'].map(settingOf),
      ],
      rows => {
        for (const [name = '', node = '', created = '', phase = '', only = '', to = ''] of rows.values()) {
          if (this.stories.some(story => story.name === name)) continue;
          const looksOnly = only !== '';
          timeline.note(`Job on ${node}: ${looksOnly ? `${only} before ` : ''}${phase} to ${to}`);
          this.stories.push({ name, node, phase, looksOnly, to, startedAt: Date.parse(created) });
          this.#settle(name);
          if (!looksOnly) onJob(node);
        }
      },
      signal,
    );
    const pods = kubectl.watch(
      ['pods', ...OURS],
      [
        ...['.metadata.name', '.metadata.labels.job-name', '.status.phase'],
        '.status.containerStatuses[0].state.terminated.finishedAt',
      ],
      rows => {
        for (const [pod = '', job = '', podPhase = '', finished = ''] of rows.values()) {
          const ofJob = this.#pods.get(job) ?? new Map<string, number | undefined>();
          // A kubelet that will not have a pod ends it before a container ran.
          const rejected = podPhase === 'Failed' ? (ofJob.get(pod) ?? Date.now()) : undefined;
          this.#pods.set(job, ofJob.set(pod, finished === '' ? rejected : Date.parse(finished)));
          this.#settle(job);
        }
      },
      signal,
    );
    await Promise.all([jobs, pods]);
  }

  #settle(name: string): void {
    const story = this.stories.find(each => each.name === name);
    const ends = [...(this.#pods.get(name)?.values() ?? [])];
    if (!story) return;
    if (ends.length === 0 || ends.includes(undefined)) delete story.endedAt;
    else story.endedAt = Math.max(...ends.map(Number));
  }

  /** Pairs of Jobs that were at work at the same time, as words. */
  get together(): readonly string[] {
    return this.stories.flatMap((one, index) =>
      this.stories
        .slice(index + 1)
        .filter(other => endOf(one) > other.startedAt && endOf(other) > one.startedAt)
        .map(other => `${one.name} on ${one.node} and ${other.name} on ${other.node}`),
    );
  }
}

const endOf = ({ endedAt = Number.POSITIVE_INFINITY }: JobStory) => endedAt;
