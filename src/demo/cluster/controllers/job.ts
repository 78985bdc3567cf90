import { missingAccount } from '../pods/accounts.ts';
import { isActive, isFinished, isReady, setCondition } from '../pods/pod-state.ts';
import { itself, ownerOf, runController, type Simulation } from '../simulation.ts';
import { keyOf } from '../store/object-store.ts';
import type { Condition, Job, Pod } from '../store/objects.ts';
import { TIMINGS } from '../timings.ts';
import { tellOf } from './event.ts';
import { failureOf, type PodFailure } from './pod-failure.ts';
import { createPodFrom } from './pod-from-template.ts';

/** What the pods of a Job came to that are no longer there to be counted. */
interface Past {
  failed: number;
  readonly endings: PodFailure[];
  /** Simulated seconds since the start of the cluster: no new pod before that. */
  notBefore: number;
}

/** Runs pods until enough of them succeeded, too many failed, or one failed in a way that ends the Job. */
export function runJobController(sim: Simulation): void {
  const pasts = new Map<string, Past>();
  const pastOf = (uid: string): Past => {
    const past = pasts.get(uid) ?? { failed: 0, endings: [], notBefore: 0 };
    pasts.set(uid, past);
    return past;
  };
  const enqueue = runController(sim, {
    name: 'job',
    watches: { jobs: itself, pods: ownerOf('Job') },
    reconcile: key => {
      const job = sim.store.at('jobs', key);
      if (!job || isOver(job)) return;
      const past = pastOf(job.metadata.uid);
      const tally = tallyOf(sim, job, past);
      const verdict = verdictOn(job, tally);
      const wait = past.notBefore - sim.clock.elapsed();
      if (!verdict && wait <= 0 && !fillUp(sim, job, tally.succeeded)) {
        sim.clock.after(TIMINGS.jobBackoff.first, () => enqueue(key));
      }
      if (!verdict && wait > 0) sim.clock.after(wait, () => enqueue(key));
      writeStatus(sim, job, tally, verdict);
      if (verdict) expire(sim, job);
    },
  });
  sim.store.subscribe('pods', ({ type, object, previous }) => {
    const uid = object.metadata.ownerReferences?.find(each => each.kind === 'Job')?.uid;
    const job = uid && sim.store.at('jobs', jobKey(object));
    if (!job || job.metadata.uid !== uid) return;
    const past = pastOf(uid);
    // A pod that was deleted before it finished counts as failed, and one that failed is not forgotten.
    const gone = type === 'DELETED' && object.status.phase !== 'Succeeded';
    const failed = type !== 'DELETED' && object.status.phase === 'Failed' && previous?.status.phase !== 'Failed';
    if (!gone && !failed) return;
    const failure = failureOf(object, job);
    if (gone) {
      past.endings.push(failure);
      if (failure.kind !== 'ignored') past.failed += 1;
    }
    if (failure.kind === 'counts' && !(gone && isFinished(object))) {
      past.notBefore = sim.clock.elapsed() + backoff(sim, job, past);
    }
  });
  sim.store.subscribe('jobs', ({ type, object }) => {
    if (type === 'DELETED') pasts.delete(object.metadata.uid);
  });
}

interface Tally {
  readonly succeeded: number;
  readonly failed: number;
  /** Why a failed pod ends the Job. */
  readonly ended: string | undefined;
}

function tallyOf({ pods }: Simulation, job: Job, past: Past): Tally {
  const own = pods.ownedBy(job.metadata.uid);
  const failures = own.filter(pod => pod.status.phase === 'Failed').map(pod => failureOf(pod, job));
  const ending = [...failures, ...past.endings].find(each => each.kind === 'fails the job');
  return {
    succeeded: own.filter(pod => pod.status.phase === 'Succeeded').length,
    failed: failures.filter(each => each.kind !== 'ignored').length + past.failed,
    ended: ending?.kind === 'fails the job' ? ending.message : undefined,
  };
}

function verdictOn({ spec }: Job, { succeeded, failed, ended }: Tally): readonly Condition[] | undefined {
  if (ended !== undefined) return failedBecause('PodFailurePolicy', ended);
  if (failed > (spec.backoffLimit ?? 6)) {
    return failedBecause('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  return succeeded >= (spec.completions ?? 1) ? COMPLETE : undefined;
}

/**
 * With a policy on failures a pod is replaced only once it is over, for it may yet decide about the Job. False where no
 * pod could be made, which an event tells.
 */
function fillUp(sim: Simulation, job: Job, succeeded: number): boolean {
  const { completions = 1, parallelism = 1, podFailurePolicy, template } = job.spec;
  const counted = podFailurePolicy ? (pod: Pod) => !isFinished(pod) : isActive;
  const active = sim.pods.ownedBy(job.metadata.uid).filter(counted).length;
  const missing = Math.min(parallelism, completions - succeeded) - active;
  const { name, namespace = '' } = job.metadata;
  const refusal = missing > 0 ? missingAccount(sim, namespace, template.spec) : undefined;
  if (refusal !== undefined) {
    const message = `Error creating: pods "${name}-" is forbidden: ${refusal}`;
    tellOf(sim, job, { type: 'Warning', reason: 'FailedCreate', message, component: 'job-controller' });
    return false;
  }
  for (let index = 0; index < missing; index += 1) createPodFrom(sim, job, template);
  return true;
}

function backoff({ pods }: Simulation, job: Job, { failed }: Past): number {
  const there = pods.ownedBy(job.metadata.uid).filter(pod => pod.status.phase === 'Failed').length;
  const { first, longest } = TIMINGS.jobBackoff;
  return Math.min(longest, first * 2 ** (failed + there - 1));
}

function jobKey({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.ownerReferences?.find(each => each.kind === 'Job')?.name}`;
}

const COMPLETE: readonly Condition[] = ['SuccessCriteriaMet', 'Complete'].map(type => ({
  type,
  status: 'True',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
}));

function failedBecause(reason: string, message: string): readonly Condition[] {
  return ['FailureTarget', 'Failed'].map(type => ({ type, status: 'True', reason, message }));
}

function isOver({ status }: Job): boolean {
  return status.conditions?.some(each => each.type === 'Complete' || each.type === 'Failed') ?? false;
}

function writeStatus(
  { store, pods, clock }: Simulation,
  job: Job,
  { succeeded, failed }: Tally,
  verdict: readonly Condition[] | undefined,
): void {
  const now = clock.timestamp();
  const own = pods.ownedBy(job.metadata.uid);
  const active = own.filter(isActive);
  store.update('jobs', keyOf(job), draft => {
    draft.status = {
      ...draft.status,
      startTime: draft.status.startTime ?? now,
      ...(active.length > 0 ? { active: active.length } : {}),
      ready: active.filter(isReady).length,
      terminating: own.filter(pod => pod.metadata.deletionTimestamp && !isFinished(pod)).length,
      ...(succeeded > 0 ? { succeeded } : {}),
      ...(failed > 0 ? { failed } : {}),
    };
    if (active.length === 0) delete draft.status.active;
    if (!verdict) return;
    if (verdict === COMPLETE) draft.status.completionTime = now;
    for (const condition of verdict) {
      draft.status.conditions = setCondition(draft.status.conditions, condition, now);
    }
  });
}

function expire({ clock, store }: Simulation, job: Job): void {
  const ttl = job.spec.ttlSecondsAfterFinished;
  if (ttl !== undefined) clock.after(ttl, () => store.remove('jobs', keyOf(job)));
}
