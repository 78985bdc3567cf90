import type { BudgetView, PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { createOwners } from './owner.ts';
import { counted, firstOf, listed, podName } from './wording.ts';

/**
 * Budgets that allow no disruption (kubernetes.io: disruptions, api-eviction). One that could not allow any even with
 * every pod healthy stops the plan, because the drain would wait for ever; one that is only used up now is warned about,
 * and so is one whose count cannot be trusted.
 */
export const budgets: Check = {
  code: 'PDB_BLOCKS_DRAIN',
  ok: 'Every disruption budget allows its pods to be moved.',
  look: ({ drains }) => {
    const ownerOf = createOwners();
    const guarded = [...drains.guarded].map(([budget, pods]): Guard => {
      const owners = pods.flatMap(pod => ownerOf(pod)?.key ?? []);
      return { budget, pods, bound: pods.filter(pod => isBound(budget, pod)), owners };
    });
    return [
      ...firstOf(guarded.flatMap(guard => (blocksFor(guard) ? [blocks(guard)] : []))),
      ...firstOf(guarded.flatMap(guard => (isHeldAtZero(guard) ? [unhealthy(guard)] : []))),
      ...firstOf(guarded.flatMap(guard => (isExhausted(guard) ? [exhausted(guard)] : []))),
      ...firstOf(guarded.flatMap(guard => (isMiscounted(guard) ? [miscounted(guard)] : []))),
    ];
  },
};

/** A budget, its pods among those that drains move, and those of them that it can hold back. */
interface Guard {
  readonly budget: BudgetView;
  readonly pods: readonly PodView[];
  readonly bound: readonly PodView[];
  /** Such as `Deployment shop/web`. */
  readonly owners: readonly string[];
}

/**
 * Pending pods are evicted whatever the budget says; unready ones where its policy is AlwaysAllow, or where so many others
 * are healthy as it wants (kubernetes.io: disruption budgets, "Unhealthy Pod Eviction Policy").
 */
function isBound({ alwaysEvictUnhealthy, currentHealthy, desiredHealthy }: BudgetView, pod: PodView): boolean {
  if (pod.phase === 'Pending') return false;
  if (pod.ready) return true;
  return !alwaysEvictUnhealthy && (currentHealthy < desiredHealthy || desiredHealthy === 0);
}

function isClosed({ budget: { disruptionsAllowed, currentHealthy, desiredHealthy }, bound }: Guard): boolean {
  return bound.length > 0 && (disruptionsAllowed === 0 || currentHealthy <= desiredHealthy);
}

function blocksFor(guard: Guard): boolean {
  const { desiredHealthy, expectedPods } = guard.budget;
  return isClosed(guard) && expectedPods > 0 && desiredHealthy >= expectedPods;
}

/** Pods that are not healthy use it up, and are themselves not let go. */
function isHeldAtZero(guard: Guard): boolean {
  return isClosed(guard) && !blocksFor(guard) && guard.bound.some(({ ready }) => !ready);
}

function isExhausted(guard: Guard): boolean {
  return isClosed(guard) && !blocksFor(guard) && !isHeldAtZero(guard);
}

/**
 * How many pods are expected is known from their controllers; pods without one are only counted right where the budget
 * names a number (kubernetes.io: configure-pdb, "Arbitrary workloads and arbitrary selectors").
 */
function isMiscounted({ budget, pods }: Guard): boolean {
  return !/^minAvailable: \d+$/.test(budget.rule) && pods.some(({ controller }) => controller === undefined);
}

function blocks({ budget, bound, owners }: Guard): Finding {
  return {
    code: 'PDB_BLOCKS_DRAIN',
    severity: 'block',
    sentence:
      `${describe(budget)} never allows a disruption: it wants ${budget.desiredHealthy} of ` +
      `${counted(budget.expectedPods, 'pod')} healthy. It guards ${where(bound, owners)}.`,
    remedy: budget.rule.startsWith('maxUnavailable')
      ? 'Let it spare one pod (maxUnavailable: 1), or remove it for the time of the upgrade.'
      : 'Run more replicas than it asks for, or let it ask for one less (maxUnavailable: 1), for the time of the upgrade.',
  };
}

function unhealthy({ budget, bound, owners }: Guard): Finding {
  const sick = bound.filter(({ ready }) => !ready);
  return {
    code: 'PDB_HELD_BY_UNHEALTHY',
    severity: 'warn',
    sentence:
      `${describe(budget)} allows no disruption, not even of pods that are not ready: ${healthOf(budget)}. ` +
      `Not ready are ${where(sick, owners)}.`,
    remedy:
      'Mend or delete these pods. With `unhealthyPodEvictionPolicy: AlwaysAllow` in its spec, broken pods can be moved at ' +
      'any time.',
  };
}

function exhausted({ budget, bound, owners }: Guard): Finding {
  return {
    code: 'PDB_EXHAUSTED',
    severity: 'warn',
    sentence: `${describe(budget)} allows no disruption at the moment: ${healthOf(budget)}. It guards ${where(bound, owners)}.`,
    remedy: 'The drain will wait until more pods are healthy; look at why they are not.',
  };
}

function miscounted({ budget, pods }: Guard): Finding {
  const bare = pods.filter(({ controller }) => controller === undefined);
  return {
    code: 'PDB_MISCOUNTED',
    severity: 'warn',
    sentence:
      `${describe(budget)} selects ${counted(bare.length, 'pod')} without a controller, so that its count of pods is ` +
      `wrong: ${listed(bare.map(podName))}.`,
    remedy: 'Narrow its selector, or give it a whole number as minAvailable; then such pods are counted right.',
  };
}

function describe({ namespace, name, rule }: BudgetView): string {
  return `PodDisruptionBudget ${namespace}/${name} (${rule})`;
}

function healthOf({ currentHealthy, expectedPods, desiredHealthy }: BudgetView): string {
  return `${currentHealthy} of ${counted(expectedPods, 'pod')} are healthy, ${desiredHealthy} must be`;
}

function where(pods: readonly PodView[], owners: readonly string[]): string {
  const nodes = pods.flatMap(({ node }) => node ?? []);
  const of = owners.length > 0 ? ` (${listed(owners, 3)})` : '';
  return `${listed(pods.map(podName), 3)} on ${listed(nodes, 3)}${of}`;
}
