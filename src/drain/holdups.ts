import { indexBudgets } from '../cluster/budgets.ts';
import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { Admission, Refusal } from './eviction.ts';
import type { Evictions, Leaving } from './evictions.ts';

/** Why a pod is still there, and since when. */
export interface Holdup {
  readonly pod: PodView;
  readonly since: number;
  readonly why: WhyHeld;
}

export type WhyHeld =
  /** The budget as it is now, and not as it was when it refused. */
  | { readonly kind: 'budget'; readonly budget: BudgetView }
  /** Several budgets on one pod let nobody evict it (policy/v1 eviction: 500), however long one waits. */
  | { readonly kind: 'budgets'; readonly budgets: readonly BudgetView[] }
  /** Admission does not let it go, whatever its budgets say; the words of the API server. */
  | { readonly kind: 'denied'; readonly by: Admission; readonly detail: string }
  /** The API server answers neither yes nor no; as in `Trouble`. */
  | { readonly kind: 'trouble'; readonly code: number | undefined; readonly detail: string }
  /** Nothing that is known explains it; the words of the API server. */
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'stopping' };

/**
 * What keeps the pods that are still there, in the order of their names: refused ones before those that are stopping.
 * Of those that are asked for again right now, the answer will tell; but what admission denied is shown until it agrees,
 * and trouble of the API server until it is over, since either may take half a minute to say so again. `budgets` are those of this moment.
 */
export function holdups({ pods, underWay }: Evictions, budgets: readonly BudgetView[]): readonly Holdup[] {
  const { budgetsOf } = indexBudgets(budgets);
  const settled = [...pods.values()].filter(({ pod, stage }) => !underWay.has(pod.uid) || isToldMeanwhile(stage));
  const all = settled.sort((a, b) => compareText(nameOf(a.pod), nameOf(b.pod)));
  const refused = all.flatMap(({ pod, stage }): Holdup[] =>
    stage.kind === 'refused'
      ? [{ pod, since: stage.refusedSince, why: whyRefused(stage.outcome, budgetsOf(pod)) }]
      : [],
  );
  const stopping = all.flatMap(({ pod, stage }): Holdup[] => {
    if (stage.kind !== 'going') return [];
    const { since, waits } = stage;
    return [{ pod, since, why: waits ? { kind: 'refused', detail: waits.detail } : { kind: 'stopping' } }];
  });
  return [...refused, ...stopping];
}

function isToldMeanwhile(stage: Leaving['stage']): boolean {
  if (stage.kind === 'refused') return stage.outcome.kind === 'denied' || stage.outcome.kind === 'trouble';
  // The watch may be quicker than the answer.
  return stage.kind === 'going';
}

/** The server is believed about which budget it was; one that it names and that is gone meanwhile explains nothing. */
function whyRefused(outcome: Refusal, covering: readonly BudgetView[]): WhyHeld {
  const [first, second] = covering;
  switch (outcome.kind) {
    case 'denied':
      return { kind: 'denied', by: outcome.by, detail: outcome.detail };
    case 'trouble':
      return { kind: 'trouble', code: outcome.code, detail: outcome.detail };
    case 'misconfigured':
      return second ? { kind: 'budgets', budgets: covering } : { kind: 'refused', detail: outcome.detail };
    case 'refused': {
      const named = outcome.budget === undefined ? first : covering.find(({ name }) => name === outcome.budget);
      return named ? { kind: 'budget', budget: named } : { kind: 'refused', detail: outcome.detail };
    }
  }
}

function nameOf({ namespace, name }: PodView): string {
  return `${namespace}/${name}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
