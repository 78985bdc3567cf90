import type { JobPodView, JobView } from './job-views.ts';
import type { Verdict } from './verdict.ts';

/** What is seen of one work in the cluster. */
export interface Sight {
  readonly job: JobView | undefined;
  readonly pods: readonly JobPodView[];
}

export function sightOf(work: string, jobs: readonly JobView[], pods: readonly JobPodView[]): Sight {
  return { job: jobs.find(job => job.work === work), pods: pods.filter(pod => pod.work === work) };
}

/**
 * A Job of another work than this that may still have something under way on the node. One whose verdict is there has
 * not, even if its own status never says that it is over.
 */
export function otherLive(work: string, jobs: readonly JobView[], pods: readonly JobPodView[]): JobView | undefined {
  return jobs.find(
    job =>
      job.work !== work && job.state.kind === 'live' && standingOf(sightOf(job.work, jobs, pods)).kind !== 'verdict',
  );
}

/** How a work stands. Pods are believed before their Job, whose status comes late or never (kubernetes#122303). */
export type Standing =
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly pod: string }
  /** Somebody deleted the Job. The unit on the host goes on. */
  | { readonly kind: 'job-deleted' }
  /** The Job makes no further pod, and none of them brought a verdict. */
  | { readonly kind: 'job-over'; readonly why: string }
  /** No container has run so far; `final` where waiting will not help. */
  | { readonly kind: 'not-begun'; readonly final: boolean }
  | { readonly kind: 'under-way' };

/** The kubelet gives these reasons where it cannot even ask a registry. */
const FINAL_REASONS: ReadonlySet<string> = new Set(['InvalidImageName', 'ErrImageNeverPull']);

export function standingOf({ job, pods }: Sight): Standing {
  for (const { name, state } of pods) {
    if (state.kind === 'ended' && state.verdict) return { kind: 'verdict', verdict: state.verdict, pod: name };
  }
  if (!job) return { kind: 'job-deleted' };
  if (job.state.kind === 'over') return { kind: 'job-over', why: job.state.why };
  if (pods.some(({ state }) => state.kind === 'running' || state.kind === 'ended')) return { kind: 'under-way' };
  return {
    kind: 'not-begun',
    final: pods.some(({ state }) => state.kind === 'waiting' && FINAL_REASONS.has(state.reason)),
  };
}

/** The end of a sentence about the work, for people. */
export function describeSight({ job, pods }: Sight): string {
  const pod = newestOf(pods);
  if (!pod) return job ? `its Job ${job.name} has no pod` : 'it has no Job';
  switch (pod.state.kind) {
    case 'running':
      return `pod ${pod.name} is following it`;
    case 'ended':
      return `pod ${pod.name} ended with exit code ${pod.state.exitCode} and no verdict`;
    case 'rejected':
      return `the kubelet refused pod ${pod.name} (${pod.state.why})`;
    case 'waiting': {
      const { reason, message } = pod.state;
      if (!reason) return `the kubelet has not taken up pod ${pod.name}`;
      return `pod ${pod.name} is waiting: ${message ? `${reason}: ${message}` : reason}`;
    }
  }
}

export function newestOf(pods: readonly JobPodView[]): JobPodView | undefined {
  return pods.toSorted((a, b) => b.createdAt - a.createdAt)[0];
}
