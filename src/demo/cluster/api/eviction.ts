import { deletePod } from '../pods/delete-pod.ts';
import { disruptionAllowed } from '../pods/disruption-allowed.ts';
import { isFinished, isReady, setCondition } from '../pods/pod-state.ts';
import { selects } from '../pods/selector.ts';
import type { Simulation } from '../simulation.ts';
import { keyOf } from '../store/object-store.ts';
import type { Pod, PodDisruptionBudget } from '../store/objects.ts';
import { type Admitted, admit } from './admission.ts';
import { type ApiRequest, objectBody } from './api-request.ts';
import { deleteOptionsOf, requirePreconditions } from './deletes.ts';
import { isRecord } from './patch/json.ts';
import { ApiError, badRequest, conflict, MODIFIED, notFound, type Status, success } from './status.ts';
import { existing, isDryRun } from './writes.ts';

/** How often, and after how many seconds, the server tries again where the budget was written meanwhile (EvictionsRetry). */
const TRIES = 20;
const RETRY_SECONDS = 0.5;

/** policy/v1 Eviction, by the rules of the eviction subresource: deletes the pod where its budget allows it. */
export async function evict(sim: Simulation, request: ApiRequest, evicted: (pod: Pod) => void): Promise<Status> {
  await admit(sim, askedFor(request));
  const pod = existing(sim, request) as Pod;
  const body = objectBody(request.body);
  const metadata = isRecord(body.metadata) ? body.metadata : {};
  if (metadata.name !== undefined && metadata.name !== pod.metadata.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const options = deleteOptionsOf(body.deleteOptions);
  const dryRun = isDryRun(request);
  if (!isBeyondBudgets(pod)) {
    const budget = onlyBudget(sim, pod);
    if (budget && !mayGoUnhealthy(pod, budget)) await spend(sim, keyOf(budget), pod, dryRun);
  }
  // The budget comes first: what may not go is refused for that, whatever UID was meant.
  requirePreconditions('Pod', pod, options);
  if (!dryRun) {
    sim.store.as('client', () => remove(sim, pod, options.graceSeconds));
    evicted(pod);
  }
  return success(undefined, 201);
}

function askedFor(request: ApiRequest): Admitted {
  const { namespace = '', name = '', query } = request;
  const given = /^(\d+)s$/.exec(query.get('timeout') ?? '')?.[1];
  return {
    ...{ operation: 'CREATE', group: '', resource: 'pods', subResource: 'eviction' },
    namespace,
    name,
    dryRun: isDryRun(request),
    seconds: given === undefined ? undefined : Number(given),
  };
}

function remove(sim: Simulation, pod: Pod, graceSeconds: number | undefined): void {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  } as const;
  const marked = sim.store.update('pods', keyOf(pod), draft => {
    draft.status.conditions = setCondition(draft.status.conditions, condition, sim.clock.timestamp());
  });
  deletePod(sim, marked ?? pod, graceSeconds);
}

/** Budgets protect what runs: a pod that is over, not started or already leaving costs nothing. */
function isBeyondBudgets(pod: Pod): boolean {
  return isFinished(pod) || pod.status.phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined;
}

function onlyBudget({ store }: Simulation, pod: Pod): PodDisruptionBudget | undefined {
  const budgets = [...store.all('poddisruptionbudgets')].filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.metadata.namespace && selects(spec.selector, pod.metadata.labels),
  );
  if (budgets.length > 1) {
    throw new ApiError(
      500,
      undefined,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  return budgets[0];
}

/** unhealthyPodEvictionPolicy: a pod that is not Ready may go where the application is healthy, or always. */
function mayGoUnhealthy(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (isReady(pod)) return false;
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

/** Whoever writes the budget while webhooks are asked about it is in the way, as on a real server. */
async function spend(sim: Simulation, key: string, pod: Pod, dryRun: boolean): Promise<void> {
  const { store, clock } = sim;
  for (let tries = 1; ; tries += 1) {
    const budget = store.at('poddisruptionbudgets', key);
    if (!budget) throw notFound({ name: 'poddisruptionbudgets', group: 'policy' }, key.slice(key.indexOf('/') + 1));
    requireRoom(budget);
    if (dryRun) return;
    const { namespace = '', name, resourceVersion } = budget.metadata;
    const asked = { operation: 'UPDATE', group: 'policy', resource: 'poddisruptionbudgets' } as const;
    const admitted = admit(sim, { ...asked, subResource: 'status', namespace, name, dryRun });
    // Nobody comes in between where nobody is asked.
    if (admitted) await admitted;
    if (store.at('poddisruptionbudgets', key)?.metadata.resourceVersion === resourceVersion) {
      store.as('client', () => spendOne(sim, key, pod));
      return;
    }
    if (tries === TRIES) throw conflict({ name: 'poddisruptionbudgets', group: 'policy' }, name, MODIFIED);
    await new Promise<void>(resolve => clock.after(RETRY_SECONDS, resolve));
  }
}

function requireRoom({ metadata: { name, generation = 1 }, status }: PodDisruptionBudget): void {
  if ((status.observedGeneration ?? 0) < generation) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed <= 0) throw refused(`The disruption budget ${name} ${whyClosed(status)}`);
}

/** Numbers that nobody could count are not told, nor those that were counted before the last eviction. */
function whyClosed({ conditions, desiredHealthy, currentHealthy }: PodDisruptionBudget['status']): string {
  const failure = conditions?.find(({ reason }) => reason === 'SyncFailed')?.message;
  if (failure) return `does not allow evicting pods currently because it failed sync: ${failure}`;
  return currentHealthy <= desiredHealthy
    ? `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
    : 'does not allow evicting pods currently';
}

function spendOne({ store, clock }: Simulation, key: string, pod: Pod): void {
  store.update('poddisruptionbudgets', key, ({ metadata: { generation = 1 }, status }) => {
    const now = clock.timestamp();
    status.disruptionsAllowed -= 1;
    status.disruptedPods = { ...status.disruptedPods, [pod.metadata.name]: now };
    status.conditions = setCondition(status.conditions, disruptionAllowed(status.disruptionsAllowed, generation), now);
  });
}

function refused(message: string, retryAfterSeconds?: number): ApiError {
  return new ApiError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
