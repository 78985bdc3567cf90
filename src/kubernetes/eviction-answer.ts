import type { EvictionOutcome } from '../drain/eviction.ts';
import type { ApiError } from './api-error.ts';

/** What the eviction endpoint answers about the pod and its budgets, as opposed to a server in trouble. */
export function isEvictionAnswer(error: ApiError): boolean {
  return error.code === 404 || error.code === 409 || outcomeOf(error) !== undefined;
}

/** undefined where the answer is not about this eviction, or (409) only another look tells. */
export function outcomeOf(error: ApiError): EvictionOutcome | undefined {
  const { code, message, retryAfterSeconds } = error;
  if (code === 404) return { kind: 'gone' };
  if (code === 403 && error.hasCause('NamespaceTerminating')) {
    return { kind: 'namespace-terminating', detail: message };
  }
  if (code === 429 && error.hasCause('DisruptionBudget')) {
    const detail = causeMessage(error, 'DisruptionBudget') ?? message;
    return { kind: 'refused', budget: budgetNamed(detail), detail, retryAfterSeconds };
  }
  // The budget's own book-keeping is in the way: forbidden by the budget, not by RBAC.
  if (code === 403 && error.status.details?.kind === 'poddisruptionbudget') {
    return { kind: 'refused', budget: error.status.details.name, detail: message, retryAfterSeconds };
  }
  // Several budgets on the pod: the only 500 of this endpoint that has no reason and speaks of budgets.
  if (code === 500 && error.status.reason === undefined && /disruption ?budget/i.test(message)) {
    return { kind: 'misconfigured', detail: message };
  }
  return undefined;
}

function causeMessage(error: ApiError, reason: string): string | undefined {
  return error.status.details?.causes?.find(cause => cause.reason === reason)?.message;
}

/** The API names the budget only in its sentence. */
function budgetNamed(sentence: string): string | undefined {
  return /^The disruption budget (\S+) /.exec(sentence)?.[1];
}
