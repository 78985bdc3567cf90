import type { HostToAsk, HostWork } from '../../app/driver-ports.ts';
import type { KubeClient } from '../client.ts';
import { list } from '../collection.ts';
import type { JobOptions } from './job-manifest.ts';
import { jobName, workKey } from './job-names.ts';
import { collectionsOn, createJob } from './job-requests.ts';
import { type JobPodView, type JobView, jobPodView, jobView, type WireJob, type WireJobPod } from './job-views.ts';
import { describeSight, otherLive, sightOf, standingOf } from './standing.ts';

/**
 * What may still be at work on the node's host, as a clause. A Job without a verdict may have left its unit there, which the
 * cluster does not show: then the host is asked by a preflight. That has to have the lock that every unit holds, so that
 * any verdict of it says that none is at work.
 */
export async function atWork(
  of: HostToAsk,
  options: JobOptions & { readonly client: KubeClient },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { client, namespace } = options;
  const collections = collectionsOn(of.node, namespace);
  const jobs = (await list<WireJob, JobView>(client, collections.jobs, jobView, signal)).items;
  const pods = (await list<WireJobPod, JobPodView>(client, collections.pods, jobPodView, signal)).items;
  const question = questionFor(of);
  const key = workKey(question);
  if (standingOf(sightOf(key, jobs, pods)).kind === 'verdict') return undefined;
  const other = otherLive(key, jobs, pods);
  if (other) return `Job ${other.name} is not over: ${describeSight(sightOf(other.work, jobs, pods))}`;
  if (!jobs.some(({ work }) => work !== key && hasLeftOpen(work, jobs, pods))) return undefined;
  await createJob(client, question, options, signal);
  return `Job ${jobName(question)} asks its host whether anything is still at work there`;
}

function questionFor({ id, run, node, to }: HostToAsk): HostWork {
  return {
    id: `${id}-at-work`,
    run,
    node,
    phase: 'kubelet',
    kubeadm: undefined,
    from: to,
    to,
    ignorePreflightErrors: [],
    only: 'preflight',
  };
}

/** It is over, and nobody knows how it went on the host. Where no container ever ran, nothing began there. */
function hasLeftOpen(work: string, jobs: readonly JobView[], pods: readonly JobPodView[]): boolean {
  const sight = sightOf(work, jobs, pods);
  const neverRan = sight.pods.length > 0 && sight.pods.every(({ state }) => state.kind === 'rejected');
  return standingOf(sight).kind === 'job-over' && !neverRan;
}
