import { isActive, isFinished, isReady, setCondition } from '../pods/pod-state.ts';
import { itself, ownerOf, runController, type Simulation } from '../simulation.ts';
import { keyOf } from '../store/object-store.ts';
import type { Condition, Job } from '../store/objects.ts';
import { createPodFrom } from './pod-from-template.ts';

/** Runs pods until enough of them succeeded or too many failed. */
export function runJobController(sim: Simulation): void {
  const vanished = new Map<string, number>();
  sim.store.subscribe('pods', ({ type, object }) => {
    const owner = object.metadata.ownerReferences?.find(each => each.kind === 'Job')?.uid;
    if (type !== 'DELETED' || !owner || isFinished(object)) return;
    vanished.set(owner, (vanished.get(owner) ?? 0) + 1);
  });
  runController(sim, {
    name: 'job',
    watches: { jobs: itself, pods: ownerOf('Job') },
    reconcile: key => {
      const job = sim.store.at('jobs', key);
      if (!job || isOver(job)) return;
      const pods = sim.pods.ownedBy(job.metadata.uid);
      const succeeded = pods.filter(pod => pod.status.phase === 'Succeeded').length;
      // A pod that was deleted before it finished counts as failed, as podReplacementPolicy TerminatingOrFailed has it.
      const failed = pods.filter(pod => pod.status.phase === 'Failed').length + (vanished.get(job.metadata.uid) ?? 0);
      const wanted = job.spec.completions ?? 1;
      const verdict = failed > (job.spec.backoffLimit ?? 6) ? FAILED : succeeded >= wanted ? COMPLETE : undefined;
      if (!verdict) {
        const active = pods.filter(isActive).length;
        const missing = Math.min(job.spec.parallelism ?? 1, wanted - succeeded) - active;
        for (let index = 0; index < missing; index += 1) createPodFrom(sim, job, job.spec.template);
      }
      writeStatus(sim, job, { succeeded, failed, verdict });
      if (verdict) expire(sim, job);
    },
  });
}

const COMPLETE: readonly Condition[] = ['SuccessCriteriaMet', 'Complete'].map(type => ({
  type,
  status: 'True',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
}));

const FAILED: readonly Condition[] = ['FailureTarget', 'Failed'].map(type => ({
  type,
  status: 'True',
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
}));

function isOver({ status }: Job): boolean {
  return status.conditions?.some(each => each.type === 'Complete' || each.type === 'Failed') ?? false;
}

function writeStatus(
  { store, pods, clock }: Simulation,
  job: Job,
  { succeeded, failed, verdict }: { succeeded: number; failed: number; verdict: readonly Condition[] | undefined },
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
