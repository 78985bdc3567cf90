import { indexBudgets } from '../cluster/budgets.ts';
import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { Admission, EvictionOutcome } from './eviction.ts';
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
  /** Nothing that is known explains it; the words of the API server. */
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'stopping' };

/**
 * What keeps the pods that are still there, in the order of their names: refused ones before those that are stopping.
 * Of those that are asked for again right now, the answer will tell; but what admission denied is shown until it agrees,
 * since a webhook that is away may take half a minute to say so again. `budgets` are those of this moment.
 */
export function holdups({ pods, underWay }: Evictions, budgets: readonly BudgetView[]): readonly Holdup[] {
  const { budgetsOf } = indexBudgets(budgets);
  const settled = [...pods.values()].filter(({ pod, stage }) => !underWay.has(pod.uid) || isDenied(stage));
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

function isDenied(stage: Leaving['stage']): boolean {
  return stage.kind === 'refused' && stage.outcome.kind === 'denied';
}

type Refusal = Extract<EvictionOutcome, { readonly kind: 'refused' | 'misconfigured' | 'denied' }>;

/** The server is believed about which budget it was; one that it names and that is gone meanwhile explains nothing. */
function whyRefused(outcome: Refusal, covering: readonly BudgetView[]): WhyHeld {
  if (outcome.kind === 'denied') return { kind: 'denied', by: outcome.by, detail: outcome.detail };
  const [first, second] = covering;
  if (outcome.kind === 'misconfigured') {
    return second ? { kind: 'budgets', budgets: covering } : { kind: 'refused', detail: outcome.detail };
  }
  const named = outcome.budget === undefined ? first : covering.find(({ name }) => name === outcome.budget);
  return named ? { kind: 'budget', budget: named } : { kind: 'refused', detail: outcome.detail };
}

function nameOf({ namespace, name }: PodView): string {
  return `${namespace}/${name}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
