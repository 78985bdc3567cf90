import { LOOKS } from '../../cluster/looks.ts';
import type { BudgetView, PodView } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { counted, firstOf, listed, podName } from './wording.ts';

/**
 * Budgets that allow no disruption (kubernetes.io: disruptions, api-eviction; kubernetes/pkg/controller/disruption and
 * pkg/registry/core/pod/storage/eviction.go). One that could not allow any even with every pod healthy stops the plan,
 * because the drain would wait for ever; one that is only used up now is warned about, and so is one whose count cannot be
 * trusted.
 */
export const budgets: Check = {
  code: 'PDB_BLOCKS_DRAIN',
  ok: 'Every disruption budget allows its pods to be moved.',
  needs: [LOOKS.pods, LOOKS.budgets],
  look: ({ drains, ownerOf }) => {
    const guarded = [...drains.guarded].map(([budget, pods]): Guard => {
      const owners = pods.flatMap(pod => ownerOf(pod)?.key ?? []);
      return { budget, pods, bound: pods.filter(pod => isBound(budget, pod)), owners };
    });
    const told = guarded.flatMap(guard => tell(guard));
    return [...Map.groupBy(told, ({ code }) => code).values()].flatMap(alike => firstOf(alike));
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

/** What a budget does to the pods that it can hold back: lets them go, or why it does not. */
type Hold =
  | 'none'
  /** Its controller cannot count its pods. */
  | 'failed'
  /** Its controller has not counted since it was made or changed. */
  | 'unseen'
  /** Its rule is a share of replicas, and its pods belong to nobody who has any. */
  | 'uncounted'
  /** It wants all of its pods. */
  | 'strict'
  /** Pods that are not healthy use it up, and are themselves not let go. */
  | 'unhealthy'
  | 'exhausted';

function holdOf({ budget, bound }: Guard): Hold {
  const { observed, syncError, disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = budget;
  if (bound.length === 0) return 'none';
  if (syncError !== undefined) return 'failed';
  if (!observed) return 'unseen';
  if (disruptionsAllowed > 0 && currentHealthy > desiredHealthy) return 'none';
  if (expectedPods === 0 && !namesNumber(budget)) return 'uncounted';
  if (expectedPods > 0 && desiredHealthy >= expectedPods) return 'strict';
  return bound.every(({ ready }) => ready) ? 'exhausted' : 'unhealthy';
}

function tell(guard: Guard): Finding[] {
  const hold = holdOf(guard);
  const isTold = hold === 'failed' || hold === 'uncounted';
  return [...held(guard, hold), ...(!isTold && isMiscounted(guard) ? [miscounted(guard)] : [])];
}

function held(guard: Guard, hold: Hold): Finding[] {
  switch (hold) {
    case 'none':
      return [];
    case 'failed':
    case 'uncounted':
      return [uncounted(guard)];
    case 'strict':
      return [strict(guard)];
    case 'unseen':
      return [unseen(guard)];
    case 'unhealthy':
      return [unhealthy(guard)];
    case 'exhausted':
      return [exhausted(guard)];
  }
}

/**
 * How many pods are expected is known from the replicas of their controllers. Pods without one, or of one without replicas
 * such as a Job, are only counted where the budget names a number (kubernetes.io: configure-pdb, "Arbitrary workloads and
 * arbitrary selectors").
 */
function namesNumber({ rule }: BudgetView): boolean {
  return /^minAvailable: \d+$/.test(rule);
}

function isMiscounted({ budget, pods }: Guard): boolean {
  return !namesNumber(budget) && pods.some(({ controller }) => controller === undefined);
}

function uncounted({ budget, bound, owners }: Guard): Finding {
  const why =
    budget.syncError === undefined
      ? 'it goes by the replicas of controllers, and finds none for the pods that it selects'
      : `its pods cannot be counted (${budget.syncError})`;
  return {
    code: 'PDB_BLOCKS_DRAIN',
    severity: 'block',
    sentence: `${describe(budget)} never allows a disruption: ${why}. It guards ${where(bound, owners)}.`,
    remedy: namesNumber(budget)
      ? 'Look at why kube-controller-manager cannot count them, or remove it for the time of the upgrade.'
      : 'Give it a whole number as minAvailable, which counts such pods, narrow its selector to pods of controllers with ' +
        'replicas, or remove it for the time of the upgrade.',
  };
}

function strict({ budget, pods, bound, owners }: Guard): Finding {
  return {
    code: 'PDB_BLOCKS_DRAIN',
    severity: 'block',
    sentence:
      `${describe(budget)} never allows a disruption: it wants ${budget.desiredHealthy} of ` +
      `${counted(budget.expectedPods, 'pod')} healthy. It guards ${where(bound, owners)}.`,
    remedy: howToLoosen(budget, pods),
  };
}

function howToLoosen(budget: BudgetView, pods: readonly PodView[]): string {
  if (pods.some(({ controller }) => controller === undefined || controller.kind === 'Job'))
    return 'Let it ask for one pod less, as a whole number (minAvailable), or remove it for the time of the upgrade.';
  return budget.rule.startsWith('maxUnavailable')
    ? 'Let it spare one pod (maxUnavailable: 1), or remove it for the time of the upgrade.'
    : 'Run more replicas than it asks for, or let it ask for one less (maxUnavailable: 1), for the time of the upgrade.';
}

function unseen({ budget, bound, owners }: Guard): Finding {
  return {
    code: 'PDB_EXHAUSTED',
    severity: 'warn',
    sentence:
      `${describe(budget)} allows no disruption at the moment: its controller has not counted its pods since it was made ` +
      `or changed. It guards ${where(bound, owners)}.`,
    remedy: 'Plan again in a moment; where this stays so, look at kube-controller-manager.',
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
