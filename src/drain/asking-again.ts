import type { BudgetView, PodView } from '../cluster/snapshot.ts';
import type { Refusal } from './eviction.ts';
import type { Refused } from './evictions.ts';
import { isExempt } from './spending.ts';

/** A refusal that no budget explains and that names no pause is asked again after this, as kubectl drain does. */
const UNEXPLAINED_MS = 5_000;

/** It is asked after the first of them, then after twice as long, and so on up to the longest. */
interface Growing {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Nothing tells when admission would agree. */
const DENIED: Growing = { firstMs: 5_000, longestMs: 60_000 };
/** A change of leader is over in no time; an API server that is away is soon missed when it is back. */
const TROUBLED: Growing = { firstMs: 500, longestMs: 8_000 };

/**
 * For how long the server is left alone after it has come to the same kind of refusal so many `times` in a row. A pause that
 * it names is kept, though the budget opens before.
 */
export function pauseMs(budgets: readonly BudgetView[], outcome: Refusal, times: number): number {
  switch (outcome.kind) {
    case 'misconfigured':
      return budgets.length > 1 ? 0 : UNEXPLAINED_MS;
    case 'denied':
      return Math.max(grown(DENIED, times), namedMs(outcome) ?? 0);
    case 'trouble':
      return Math.max(grown(TROUBLED, times), namedMs(outcome) ?? 0);
    case 'refused':
      return namedMs(outcome) ?? (isExplained(outcome, budgets) ? 0 : UNEXPLAINED_MS);
  }
}

function grown({ firstMs, longestMs }: Growing, times: number): number {
  return Math.min(longestMs, firstMs * 2 ** (times - 1));
}

function namedMs({ retryAfterSeconds }: { readonly retryAfterSeconds: number | undefined }): number | undefined {
  return retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1_000;
}

/** Whether a refused pod may be tried again. `covering`: its budgets as they are now; `used`: what was taken of them since. */
export function isDueAgain(
  pod: PodView,
  refused: Refused,
  covering: readonly BudgetView[],
  used: (budget: BudgetView) => number,
  now: number,
): boolean {
  if (now < refused.notBefore) return false;
  const { outcome } = refused;
  switch (outcome.kind) {
    // Nothing that we watch tells whether admission would agree by now, or the server is well.
    case 'denied':
    case 'trouble':
      return true;
    // Several budgets on one pod are refused however much they allow (policy/v1 eviction: 500).
    case 'misconfigured':
      return covering.length <= 1;
    case 'refused':
      return hasOpened(pod, refused, isInvited(pod, refused, outcome), covering, used);
  }
}

/** The server named a time, or nothing that we watch explains it, or the pod itself is another than the refused one. */
function isInvited(pod: PodView, refused: Refused, outcome: Extract<Refusal, { readonly kind: 'refused' }>): boolean {
  return (
    outcome.retryAfterSeconds !== undefined || !isExplained(outcome, refused.budgets) || refused.pod.ready !== pod.ready
  );
}

function hasOpened(
  pod: PodView,
  refused: Refused,
  invited: boolean,
  covering: readonly BudgetView[],
  used: (budget: BudgetView) => number,
): boolean {
  return covering.every(budget => {
    if (invited) return budget.disruptionsAllowed > 0 || isExempt(pod, budget);
    if (refused.budgets.includes(budget)) return false;
    return budget.disruptionsAllowed > used(budget) || isExempt(pod, budget);
  });
}

/** Whether the budget that refused is one of those that were known: only then a change of it will be seen. */
function isExplained(
  { budget: named }: Extract<Refusal, { readonly kind: 'refused' }>,
  budgets: readonly BudgetView[],
): boolean {
  return named === undefined ? budgets.length > 0 : budgets.some(({ name }) => name === named);
}
