import type { Admission, EvictionOutcome } from '../drain/eviction.ts';
import { ApiError, type NoAnswer } from './api-error.ts';

/**
 * What the eviction endpoint answers about the pod and its budgets, as opposed to a server in trouble; and a 404 of whatever
 * stands before it, which is not what it says either.
 */
export function isEvictionAnswer(error: ApiError): boolean {
  return error.code === 404 || error.code === 409 || outcomeOf(error) !== undefined;
}

/** The same of a plain deletion, which no budget holds. */
export function isDeletionAnswer(error: ApiError): boolean {
  return error.code === 404 || error.code === 409 || denialOf(error) !== undefined;
}

/** Also of a namespace. A proxy that knows no such page says 404, too, but not so. */
function isGone({ code, status }: ApiError): boolean {
  return code === 404 && status.reason === 'NotFound';
}

/** undefined where the answer is not about this eviction, or (409) only another look tells. */
export function outcomeOf(error: ApiError): EvictionOutcome | undefined {
  const { code, message, retryAfterSeconds } = error;
  const denied = denialOf(error);
  if (denied) return denied;
  if (isGone(error)) return { kind: 'gone' };
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
  // The budget's controller wrote its status as often as the server tried to.
  if (code === 504 && error.status.reason === 'Timeout') {
    const budget = /^Timeout: couldn't update PodDisruptionBudget "([^"]+)"/.exec(message)?.[1];
    if (budget !== undefined) return { kind: 'refused', budget, detail: message, retryAfterSeconds };
  }
  // Several budgets on the pod: the only 500 of this endpoint that has no reason and speaks of budgets.
  if (code === 500 && error.status.reason === undefined && /disruption ?budget/i.test(message)) {
    return { kind: 'misconfigured', detail: message };
  }
  return undefined;
}

/** What a deletion is answered; undefined where the answer is not about it. */
export function deletionOutcomeOf(error: ApiError): Denial | { readonly kind: 'gone' } | undefined {
  return denialOf(error) ?? (isGone(error) || error.code === 409 ? { kind: 'gone' } : undefined);
}

type TroubleOutcome = Extract<EvictionOutcome, { readonly kind: 'trouble' }>;

/** What says neither yes nor no, to an eviction or to a deletion. */
export function troubleOf(failure: ApiError | NoAnswer): TroubleOutcome {
  return failure instanceof ApiError
    ? { kind: 'trouble', code: failure.code, detail: failure.message, retryAfterSeconds: failure.retryAfterSeconds }
    : { kind: 'trouble', code: undefined, detail: failure.message, retryAfterSeconds: undefined };
}

type Denial = Extract<EvictionOutcome, { readonly kind: 'denied' }>;

/**
 * A webhook may answer with any code from 400 on, also with those that mean something else when they come from the server; a
 * ValidatingAdmissionPolicy with 401, 403, 413 or 422, and a webhook that cannot be asked is a 500. Only the sentence tells
 * them from RBAC and from a server in trouble (kube-apiserver: admission/plugin/webhook, admission/plugin/policy).
 */
function denialOf({ message, retryAfterSeconds }: ApiError): Denial | undefined {
  for (const [kind, sentence] of DENIALS) {
    const name = sentence.exec(message)?.[1];
    if (name !== undefined) return { kind: 'denied', by: { kind, name }, detail: message, retryAfterSeconds };
  }
  return undefined;
}

const DENIALS: readonly (readonly [Admission['kind'], RegExp])[] = [
  ['webhook', /^admission webhook "([^"]+)" denied the request/],
  ['webhook', /^Internal error occurred: failed calling webhook "([^"]+)"/],
  ['policy', /ValidatingAdmissionPolicy '([^']+)' (?:with binding '[^']+' )?denied request/],
];

function causeMessage(error: ApiError, reason: string): string | undefined {
  return error.status.details?.causes?.find(cause => cause.reason === reason)?.message;
}

/** The API names the budget only in its sentence. */
function budgetNamed(sentence: string): string | undefined {
  return /^The disruption budget (\S+) /.exec(sentence)?.[1];
}
