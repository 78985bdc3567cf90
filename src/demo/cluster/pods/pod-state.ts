import { add, NO_RESOURCES, parseQuantity, type Resources } from '../../../cluster/resources.ts';
import type { Condition, Pod } from '../store/objects.ts';

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some(each => each.type === 'Ready' && each.status === 'True') ?? false;
}

export function isFinished(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** Neither finished nor being deleted: what controllers count. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Serves traffic and is not on its way out: what budgets and people call healthy. */
export function isHealthy(pod: Pod): boolean {
  return isReady(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

/** What the scheduler reserves for it. */
export function requestsOf(pod: Pod): Resources {
  return pod.spec.containers.reduce(
    (sum, { resources }) =>
      add(sum, {
        cpuMilli: 1_000 * (parseQuantity(resources?.requests?.cpu ?? '0') ?? 0),
        memoryBytes: parseQuantity(resources?.requests?.memory ?? '0') ?? 0,
        pods: 0,
      }),
    { ...NO_RESOURCES, pods: 1 },
  );
}

/** Sets one condition; the transition time moves only when the status does. */
export function setCondition(conditions: Condition[] | undefined, condition: Condition, now: string): Condition[] {
  const list = conditions ?? [];
  const known = list.find(each => each.type === condition.type);
  const lastTransitionTime = known?.status === condition.status ? (known.lastTransitionTime ?? now) : now;
  const next = { ...condition, lastTransitionTime };
  return known ? list.map(each => (each === known ? next : each)) : [...list, next];
}
