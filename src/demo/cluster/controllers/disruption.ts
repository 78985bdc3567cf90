import { disruptionAllowed } from '../pods/disruption-allowed.ts';
import { isHealthy, setCondition } from '../pods/pod-state.ts';
import { selects } from '../pods/selector.ts';
import { itself, runController, type Simulation } from '../simulation.ts';
import { controllerOf } from '../store/new-object.ts';
import { keyOf, type StoreEvent } from '../store/object-store.ts';
import type { Kinds, OwnerReference, Pod, PodDisruptionBudget } from '../store/objects.ts';
import { TIMINGS } from '../timings.ts';
import { share } from './pod-from-template.ts';

/** Keeps the status of PodDisruptionBudgets, by the arithmetic of the disruption controller. */
export function runDisruptionController(sim: Simulation): void {
  const enqueue = runController(sim, {
    name: 'disruption',
    watches: {
      poddisruptionbudgets: itself,
      pods: event => budgetsTouched(sim, event),
    },
    reconcile: key => {
      const budget = sim.store.at('poddisruptionbudgets', key);
      if (!budget) return;
      const pods = podsOf(sim, budget);
      const disruptedPods = stillDisrupted(sim, budget, pods);
      if (Object.keys(disruptedPods).length > 0) sim.clock.after(TIMINGS.disruptedPod, () => enqueue(key));
      const counted = countExpected(sim, budget, pods);
      if ('error' in counted) writeFailure(sim, budget, counted.error);
      else writeStatus(sim, budget, { pods, expected: counted.expected, disruptedPods });
    },
  });
}

/** Budgets whose pods these are, by the labels before and after. */
function budgetsTouched({ store }: Simulation, { object, previous }: StoreEvent<'pods'>): string[] {
  return [...store.all('poddisruptionbudgets')]
    .filter(
      budget =>
        budget.metadata.namespace === object.metadata.namespace &&
        (selects(budget.spec.selector, object.metadata.labels) ||
          (previous && selects(budget.spec.selector, previous.metadata.labels))),
    )
    .map(keyOf);
}

function podsOf({ pods }: Simulation, budget: PodDisruptionBudget): Pod[] {
  return [...pods.in(budget.metadata.namespace ?? '')].filter(pod =>
    selects(budget.spec.selector, pod.metadata.labels),
  );
}

/** Evictions granted whose pods are not yet seen going. */
function stillDisrupted(
  { clock }: Simulation,
  { status }: PodDisruptionBudget,
  pods: readonly Pod[],
): Record<string, string> {
  const names = new Map(pods.map(pod => [pod.metadata.name, pod]));
  // Time stamps have whole seconds, so an entry may look a second older than it is.
  const age = (since: string) => ((clock.now() - Date.parse(since)) / 1_000 - 1) * clock.speed;
  return Object.fromEntries(
    Object.entries(status.disruptedPods ?? {}).filter(([name, since]) => {
      const pod = names.get(name);
      return pod && pod.metadata.deletionTimestamp === undefined && age(since) < TIMINGS.disruptedPod;
    }),
  );
}

interface Counted {
  readonly pods: readonly Pod[];
  readonly expected: number;
  readonly disruptedPods: Record<string, string>;
}

function writeStatus(
  { store, clock }: Simulation,
  budget: PodDisruptionBudget,
  { pods, expected, disruptedPods }: Counted,
): void {
  const { minAvailable, maxUnavailable } = budget.spec;
  const desired =
    maxUnavailable !== undefined
      ? Math.max(0, expected - share(maxUnavailable, expected, Math.ceil))
      : share(minAvailable ?? 1, expected, Math.ceil);
  const healthy = pods.filter(pod => isHealthy(pod) && !(pod.metadata.name in disruptedPods)).length;
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  store.update('poddisruptionbudgets', keyOf(budget), draft => {
    const generation = draft.metadata.generation ?? 1;
    draft.status = {
      conditions: setCondition(draft.status.conditions, disruptionAllowed(allowed, generation), clock.timestamp()),
      currentHealthy: healthy,
      desiredHealthy: desired,
      disruptionsAllowed: allowed,
      expectedPods: expected,
      observedGeneration: generation,
      ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    };
  });
}

/** Nothing of what was counted before is touched, nor is it said that the spec was seen. */
function writeFailure({ store, clock }: Simulation, budget: PodDisruptionBudget, message: string): void {
  store.update('poddisruptionbudgets', keyOf(budget), draft => {
    const { conditions, ...counted } = draft.status;
    const failed = { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message } as const;
    draft.status = {
      ...counted,
      conditions: setCondition(conditions, failed, clock.timestamp()),
      disruptionsAllowed: 0,
    };
  });
}

const SCALED = {
  ReplicaSet: 'replicasets',
  StatefulSet: 'statefulsets',
  Deployment: 'deployments',
} as const satisfies Record<string, keyof Kinds>;

type Expected = { readonly expected: number } | { readonly error: string };

/** A number counts whatever pods there are, a share goes by replicas. */
function countExpected(sim: Simulation, { spec }: PodDisruptionBudget, pods: readonly Pod[]): Expected {
  return spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string'
    ? expectedFromOwners(sim, pods)
    : { expected: pods.length };
}

/** The sum of what the pods' controllers want; pods without a controller count none, and a Job has no replicas to want. */
function expectedFromOwners({ store }: Simulation, pods: readonly Pod[]): Expected {
  const replicas = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner || replicas.has(owner.uid)) continue;
    const resource = SCALED[owner.kind as keyof typeof SCALED];
    if (!resource) return { error: `${resourceNamed(owner)} does not implement the scale subresource` };
    const scale = store.get(resource, pod.metadata.namespace, owner.name);
    if (!scale) return { error: `found no controllers for pod "${pod.metadata.name}"` };
    replicas.set(owner.uid, scale.spec.replicas ?? 1);
  }
  return { expected: [...replicas.values()].reduce((sum, count) => sum + count, 0) };
}

/** Such as `jobs.batch`. */
function resourceNamed({ apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>): string {
  return `${kind.toLowerCase()}s.${apiVersion.split('/', 1)[0]}`;
}
