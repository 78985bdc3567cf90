import type { Driver, HostWork, HostWorkOutcome } from '../../app/driver-ports.ts';
import { ClusterRefused } from '../../app/ports.ts';
import { StepFailed } from '../../app/step-failed.ts';
import type { KubeClient } from '../client.ts';
import { list } from '../collection.ts';
import { atWork, watchAtWork } from './at-work.ts';
import { awaitControlPlane } from './control-plane.ts';
import type { JobOptions } from './job-manifest.ts';
import { jobName, workKey } from './job-names.ts';
import { collectionsOn, createJob, deleteJob, lastLines, whyNoPod } from './job-requests.ts';
import { type JobPodView, jobPodView, type WireJobPod } from './job-views.ts';
import { describeSight, newestOf, otherLive, type Sight, type Standing, sightOf, standingOf } from './standing.ts';
import { type Decide, watchJobs } from './watch-jobs.ts';

export interface KubeadmDriverOptions extends JobOptions {
  readonly client: KubeClient;
  /** For how long a Job may be without a running container before it counts as unable to begin. */
  readonly beginSeconds?: number;
}

/** Longer than an image takes from a slow registry, or a controller manager to find its leader. */
const BEGIN_SECONDS = 300;
const AGAIN_SECONDS = 30;
/** Somebody, or something, that deletes the Job each time will not stop by itself. */
const MOST_JOBS = 5;

/**
 * Upgrades a node by a Job on it, which starts upgrade.sh as a unit of the host and follows that. The Job is found by
 * its name, whoever made it; a Job that was deleted is made again and finds the unit. What the unit says is the outcome.
 */
export function createKubeadmDriver(options: KubeadmDriverOptions): Driver {
  return {
    perform: (work, signal) => perform(work, options, signal),
    atWork: (of, signal) => atWork(of, options, signal),
    watchAtWork: (of, signal) => watchAtWork(of, options, signal),
    awaitControlPlane: (wait, signal) => awaitControlPlane(options.client, wait, signal),
  };
}

/** The newest that was seen, for the sentence where the time is over. */
interface Seen {
  words: string;
}

async function perform(work: HostWork, options: KubeadmDriverOptions, signal: AbortSignal): Promise<HostWorkOutcome> {
  const seen: Seen = { words: 'nothing was seen of it' };
  try {
    for (let jobs = 0; jobs < MOST_JOBS; jobs += 1) {
      await awaitOthers(work, options, seen, signal);
      await createJob(options.client, work, options, signal);
      const outcome = await followJob(work, options, seen, signal);
      if (outcome !== 'job-deleted') return outcome;
    }
    return failed('job', `Job ${jobName(work)} was deleted ${MOST_JOBS} times before it brought a verdict.`);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new StepFailed(
      `The work on the host of node ${work.node} did not come to its end in time: ${seen.words}. ` +
        'What has begun on the host goes on; a retry waits for it.',
    );
  }
}

/** Two works never have a live Job on one node, whatever became of the worker that made the first. */
async function awaitOthers(
  work: HostWork,
  options: KubeadmDriverOptions,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  const key = workKey(work);
  const decide: Decide<void> = (jobs, pods) => {
    const other = otherLive(key, jobs, pods);
    if (!other || sightOf(key, jobs, pods).job) return { kind: 'reached', value: undefined };
    seen.words = `Job ${other.name} of earlier work is still live on the node`;
    return { kind: 'wait' };
  };
  await watchJobs(work.node, options, decide, signal);
}

async function followJob(
  work: HostWork,
  options: KubeadmDriverOptions,
  seen: Seen,
  signal: AbortSignal,
): Promise<HostWorkOutcome | 'job-deleted'> {
  const { beginSeconds = BEGIN_SECONDS } = options;
  let looks = 0;
  for (;;) {
    const patience = looks === 0 ? beginSeconds : Math.min(beginSeconds, AGAIN_SECONDS);
    const decide = decideFrom(workKey(work), patience * 1_000, seen);
    const sight = await lookAgain(await watchJobs(work.node, options, decide, signal), work, options, signal);
    const standing = standingOf(sight);
    looks += 1;
    if (standing.kind === 'under-way') continue;
    // An absence of the API server uses up patience: what could not be told meanwhile is waited for a little longer.
    if (standing.kind === 'not-begun' && !standing.final && looks === 1) continue;
    return await conclude(standing, { work, options, sight }, signal);
  }
}

/** Looks until something is decided, or nothing has begun for too long. */
function decideFrom(key: string, patienceMs: number, seen: Seen): Decide<Sight> {
  const until = performance.now() + patienceMs;
  return (jobs, pods) => {
    const sight = sightOf(key, jobs, pods);
    seen.words = describeSight(sight);
    const standing = standingOf(sight);
    if (standing.kind === 'under-way') return { kind: 'wait' };
    const ms = until - performance.now();
    return standing.kind === 'not-begun' && !standing.final && ms > 0
      ? { kind: 'wait', ms }
      : { kind: 'reached', value: sight };
  };
}

/** Jobs and pods come by separate watches: what a Job shows may lie ahead of what is known of its pods. */
async function lookAgain(
  sight: Sight,
  work: HostWork,
  { client, namespace }: KubeadmDriverOptions,
  signal: AbortSignal,
): Promise<Sight> {
  if (standingOf(sight).kind === 'verdict') return sight;
  const { pods } = collectionsOn(work.node, namespace);
  const { items } = await list<WireJobPod, JobPodView>(client, pods, jobPodView, signal);
  return { ...sight, pods: items.filter(pod => pod.work === workKey(work)) };
}

interface Concluding {
  readonly work: HostWork;
  readonly options: KubeadmDriverOptions;
  readonly sight: Sight;
}

async function conclude(
  standing: Exclude<Standing, { readonly kind: 'under-way' }>,
  { work, options, sight }: Concluding,
  signal: AbortSignal,
): Promise<HostWorkOutcome | 'job-deleted'> {
  const { client, namespace } = options;
  switch (standing.kind) {
    case 'job-deleted':
      return 'job-deleted';
    case 'verdict': {
      const { rc, step, reason } = standing.verdict;
      if (rc === 0) return { kind: 'succeeded', log: [] };
      return failed(step, reason, await lastLines(client, standing.pod, namespace, signal));
    }
    case 'job-over': {
      const pod = newestOf(sight.pods);
      const log = pod ? await lastLines(client, pod.name, namespace, signal) : [];
      const seen = describeSight(sight);
      return failed('job', `Job ${jobName(work)} ended without a verdict: ${seen} (${standing.why}).`, log);
    }
    case 'not-begun':
      return await giveUp({ work, options, sight }, signal);
  }
}

/** Nothing runs on the host, and nothing shall begin there once nobody waits for it any more. */
async function giveUp({ work, options, sight }: Concluding, signal: AbortSignal): Promise<HostWorkOutcome> {
  const { client, namespace } = options;
  const why = sight.pods.length === 0 ? await whyNoPod(client, work, namespace, signal) : undefined;
  const sentence = `The work could not begin on the host: ${why ?? describeSight(sight)}.`;
  try {
    await deleteJob(client, work, namespace, signal);
    return failed('job', sentence);
  } catch (error) {
    if (!(error instanceof ClusterRefused)) throw error;
    return failed('job', `${sentence} Delete its Job before you retry: ${error.message}`);
  }
}

function failed(step: string, reason: string, log: readonly string[] = []): HostWorkOutcome {
  return { kind: 'failed', step, reason, log };
}
