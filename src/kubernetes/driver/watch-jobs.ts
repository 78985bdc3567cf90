import type { KubeClient } from '../client.ts';
import { follow } from '../follow.ts';
import { collectionsOn } from './job-requests.ts';
import { type JobPodView, type JobView, jobPodView, jobView, type WireJob, type WireJobPod } from './job-views.ts';
import { type Decision, watchUntil } from './watch-until.ts';

export type Decide<T> = (jobs: readonly JobView[], pods: readonly JobPodView[]) => Decision<T>;

/** Watches the upgrade Jobs of a node, and their pods, until what is seen of both leads to a decision. */
export function watchJobs<T>(
  node: string,
  { client, namespace }: { readonly client: KubeClient; readonly namespace: string },
  decide: Decide<T>,
  signal: AbortSignal,
): Promise<T> {
  const { jobs, pods } = collectionsOn(node, namespace);
  return watchUntil<readonly JobView[], readonly JobPodView[], T>(
    [
      stop => follow<WireJob, JobView>(client, jobs, jobView, stop),
      stop => follow<WireJobPod, JobPodView>(client, pods, jobPodView, stop),
    ],
    decide,
    signal,
  );
}
