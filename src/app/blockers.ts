import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { Holdup, WhyHeld } from '../drain/holdups.ts';
import type { Blocker, BlockerCause, BlockingBudget } from '../run/blocker.ts';

/** What keeps a pod, as a run remembers it. */
export function blockerOf({ pod, since, why }: Holdup): Blocker {
  const { uid, ready } = pod;
  return { pod: nameOf(pod), uid, ready, owner: ownerOf(pod), since, cause: causeOf(pod, why) };
}

function causeOf({ graceSeconds }: PodView, why: WhyHeld): BlockerCause {
  switch (why.kind) {
    case 'budget':
      return { kind: 'budget', budget: standingOf(why.budget) };
    case 'budgets':
      return { kind: 'budgets', names: why.budgets.map(nameOf) };
    case 'refused':
    case 'denied':
    case 'trouble':
      return why;
    case 'stopping':
      return { kind: 'stopping', graceSeconds };
  }
}

function standingOf(budget: BudgetView): BlockingBudget {
  const { rule, evicting, alwaysEvictUnhealthy } = budget;
  return {
    name: nameOf(budget),
    rule,
    healthy: budget.currentHealthy,
    desired: budget.desiredHealthy,
    expected: budget.expectedPods,
    allowed: budget.disruptionsAllowed,
    evicting,
    alwaysEvictUnhealthy,
  };
}

/** A ReplicaSet of a Deployment is named `<deployment>-<pod-template-hash>`; people know the Deployment. */
function ownerOf({ controller, labels }: PodView): string {
  if (!controller) return '';
  const suffix = `-${labels['pod-template-hash']}`;
  return controller.kind === 'ReplicaSet' && controller.name.endsWith(suffix)
    ? `Deployment/${controller.name.slice(0, -suffix.length)}`
    : `${controller.kind}/${controller.name}`;
}

function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
