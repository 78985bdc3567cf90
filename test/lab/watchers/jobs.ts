import type { Kubectl } from '../kubectl.ts';
import type { Timeline } from '../timeline.ts';

export interface JobStory {
  readonly name: string;
  readonly node: string;
  /** `control-plane` or `kubelet`. */
  readonly phase: string;
  /** `v1.37.2` */
  readonly to: string;
  readonly startedAt: number;
  endedAt?: number;
}

const settingOf = (name: string) => `.spec.template.spec.containers[0].env[?(@.name=="${name}")].value`;

/** Every upgrade Job that there ever was, in the order of their beginning, and whether a node ever had two at work. */
export class JobWatcher {
  readonly stories: JobStory[] = [];
  readonly doubles: string[] = [];
  /** How many were at work at once, on all nodes. */
  mostLive = 0;

  watch(kubectl: Kubectl, timeline: Timeline, onJob: (node: string) => void, signal: AbortSignal): Promise<void> {
    return kubectl.watch(
      ['jobs', '-A', '-l', 'app.kubernetes.io/managed-by=capstan'],
      [
        ...['.metadata.name', '.spec.template.spec.nodeName', '.status.succeeded', '.status.failed'],
        ...[settingOf('CAPSTAN_PHASE'), settingOf('CAPSTAN_TO')],
      ],
      rows => {
        const live = new Map<string, string>();
        for (const [name = '', node = '', succeeded = '', failed = '', phase = '', to = ''] of rows.values()) {
          const over = succeeded !== '' || failed !== '';
          this.#tell({ name, node, phase, to }, over, timeline, onJob);
          const other = live.get(node);
          if (!over && other !== undefined) this.doubles.push(`${name} and ${other} on ${node}`);
          if (!over) live.set(node, name);
        }
        this.mostLive = Math.max(this.mostLive, live.size);
      },
      signal,
    );
  }

  #tell(
    job: Omit<JobStory, 'startedAt' | 'endedAt'>,
    over: boolean,
    timeline: Timeline,
    onJob: (node: string) => void,
  ): void {
    const story = this.stories.find(({ name }) => name === job.name);
    if (story === undefined) {
      const startedAt = timeline.note(`Job on ${job.node}: ${job.phase} to ${job.to}`);
      this.stories.push({ ...job, startedAt });
      onJob(job.node);
    } else if (over && story.endedAt === undefined) {
      story.endedAt = timeline.note(`Job on ${job.node} is over`);
    }
  }
}
