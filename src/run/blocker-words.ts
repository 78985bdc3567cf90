import type { Blocker, BlockerCause, BlockingBudget } from './blocker.ts';

/** Why a pod does not leave, as a clause. */
export function causeClause(cause: BlockerCause): string {
  switch (cause.kind) {
    case 'budget':
      return budgetClause(cause.budget);
    case 'budgets':
      return `the budgets ${cause.names.join(', ')} cover it at once, so that nobody can evict it`;
    case 'denied':
    case 'refused':
      return cause.detail;
    case 'trouble':
      return troubleClause(cause);
    case 'stopping':
      return `it is stopping; its grace period is ${cause.graceSeconds} s`;
  }
}

/** `the API server answers 500: etcdserver: request timed out`; `the API server gives no answer: it refuses connections`. */
function troubleClause({ code, detail }: Extract<BlockerCause, { readonly kind: 'trouble' }>): string {
  return `the API server ${code === undefined ? 'gives no answer' : `answers ${code}`}: ${detail}`;
}

/** `budget shop/web (minAvailable: 2) needs 2 healthy pods and has 2 of 3, so it allows no disruption`. */
function budgetClause({ name, rule, healthy, desired, expected, allowed }: BlockingBudget): string {
  const allows = allowed === 0 ? 'no disruption' : `${allowed} disruption${allowed === 1 ? '' : 's'}`;
  const pods = `${desired} healthy pod${desired === 1 ? '' : 's'}`;
  return `budget ${name} (${rule}) needs ${pods} and has ${healthy} of ${expected}, so it allows ${allows}`;
}

/**
 * What the people who own a budget can do about it, in sentences. An unhealthy pod is evicted under `AlwaysAllow` whatever
 * the budget has left; otherwise only while the budget has all it needs (kubernetes.io: unhealthy pod eviction policy).
 */
export function budgetAdvice(budget: BlockingBudget, blockers: readonly Blocker[]): readonly string[] {
  const { healthy, desired, expected, evicting, alwaysEvictUnhealthy } = budget;
  const missing = Math.max(0, expected - healthy);
  const unhealthy = Math.max(0, missing - evicting);
  const held = blockers.filter(({ ready, cause }) => !ready && isOf(cause, budget)).map(({ pod }) => pod);
  const repair =
    unhealthy > 0 ? [`${ofPods(unhealthy, expected)} not healthy: the budget opens when as many are again.`] : [];
  const leaving =
    evicting > 0
      ? [`${ofPods(evicting, expected)} being evicted; where that was broken off, it counts for two minutes at most.`]
      : [];
  const allow =
    held.length > 0 && !alwaysEvictUnhealthy
      ? [
          `Unhealthy pods could leave at once (${some(held)}) if the budget said unhealthyPodEvictionPolicy: AlwaysAllow.`,
        ]
      : [];
  const loosen =
    expected === 0
      ? 'its controller finds no replicas for these pods. Give it a whole number as minAvailable, or remove it.'
      : 'add a replica, or loosen the budget.';
  const never = missing === 0 && desired >= expected ? [`It will never allow one: ${loosen}`] : [];
  return [...leaving, ...repair, ...allow, ...never];
}

/** `1 of its 3 pods is`. */
function ofPods(count: number, all: number): string {
  return `${count} of its ${all} pods ${count === 1 ? 'is' : 'are'}`;
}

function isOf(cause: BlockerCause, { name }: BlockingBudget): boolean {
  return cause.kind === 'budget' && cause.budget.name === name;
}

function some(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `${names.slice(0, 3).join(', ')}${more}`;
}
