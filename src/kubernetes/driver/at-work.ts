import type { HostToAsk, HostWork } from '../../app/driver-ports.ts';
import type { KubeClient } from '../client.ts';
import { list } from '../collection.ts';
import type { JobOptions } from './job-manifest.ts';
import { jobName, workKey } from './job-names.ts';
import { collectionsOn, createJob } from './job-requests.ts';
import { type JobPodView, type JobView, jobPodView, jobView, type WireJob, type WireJobPod } from './job-views.ts';
import { describeSight, otherLive, sightOf, standingOf } from './standing.ts';
import { watchJobs } from './watch-jobs.ts';

interface AskOptions extends JobOptions {
  readonly client: KubeClient;
}

/** `why` is a clause. */
type Rest =
  | { readonly kind: 'idle' }
  | { readonly kind: 'at-work'; readonly why: string }
  /** Only the host can tell, and nobody has asked it yet. */
  | { readonly kind: 'unasked'; readonly why: string };

/**
 * What may still be at work on the node's host, as a clause. A Job without a verdict may have left its unit there, which the
 * cluster does not show: then the host is asked by a preflight. That has to have the lock that every unit holds, so that
 * any verdict of it says that none is at work.
 */
export async function atWork(of: HostToAsk, options: AskOptions, signal: AbortSignal): Promise<string | undefined> {
  const { client, namespace } = options;
  const collections = collectionsOn(of.node, namespace);
  const jobs = (await list<WireJob, JobView>(client, collections.jobs, jobView, signal)).items;
  const pods = (await list<WireJobPod, JobPodView>(client, collections.pods, jobPodView, signal)).items;
  return await told(restOf(questionFor(of), jobs, pods), of, options, signal);
}

/** The same, now and whenever it changes. */
export async function* watchAtWork(
  of: HostToAsk,
  options: AskOptions,
  signal: AbortSignal,
): AsyncGenerator<string | undefined> {
  const question = questionFor(of);
  let last: { readonly why: string | undefined } | undefined;
  for (;;) {
    const rest = await watchJobs<Rest>(
      of.node,
      options,
      (jobs, pods) => {
        const now = restOf(question, jobs, pods);
        return last && whyOf(now) === last.why ? { kind: 'wait' } : { kind: 'reached', value: now };
      },
      signal,
    );
    last = { why: await told(rest, of, options, signal) };
    yield last.why;
  }
}

function restOf(question: HostWork, jobs: readonly JobView[], pods: readonly JobPodView[]): Rest {
  const key = workKey(question);
  const asked = sightOf(key, jobs, pods);
  if (standingOf(asked).kind === 'verdict') return { kind: 'idle' };
  const other = otherLive(key, jobs, pods);
  if (other) {
    const sight = describeSight(sightOf(other.work, jobs, pods));
    return { kind: 'at-work', why: `Job ${other.name} is not over: ${sight}` };
  }
  if (!jobs.some(({ work }) => work !== key && hasLeftOpen(work, jobs, pods))) return { kind: 'idle' };
  const why = `Job ${jobName(question)} asks its host whether anything is still at work there`;
  return { kind: asked.job ? 'at-work' : 'unasked', why };
}

async function told(rest: Rest, of: HostToAsk, options: AskOptions, signal: AbortSignal): Promise<string | undefined> {
  if (rest.kind === 'unasked') await createJob(options.client, questionFor(of), options, signal);
  return whyOf(rest);
}

function whyOf(rest: Rest): string | undefined {
  return rest.kind === 'idle' ? undefined : rest.why;
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
