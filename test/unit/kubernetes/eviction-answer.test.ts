import type { EvictionOutcome } from '../../../src/drain/eviction.ts';
import { ApiError } from '../../../src/kubernetes/api-error.ts';
import { isEvictionAnswer, outcomeOf } from '../../../src/kubernetes/eviction-answer.ts';

function answer(code: number, status: object | string, retryAfter?: string): ApiError {
  return new ApiError(code, typeof status === 'string' ? status : JSON.stringify(status), retryAfter);
}

const exhausted = (sentence: string, more: object = {}) => ({
  reason: 'TooManyRequests',
  message: "Cannot evict pod as it would violate the pod's disruption budget.",
  details: { causes: [{ reason: 'DisruptionBudget', message: sentence }], ...more },
});

describe('the answer to an eviction', () => {
  it.each<[string, ApiError, EvictionOutcome]>([
    ['404', answer(404, { reason: 'NotFound', message: 'pods "x" not found' }), { kind: 'gone' }],
    [
      'a used-up budget',
      answer(429, exhausted('The disruption budget web needs 3 healthy pods and has 3 currently')),
      {
        kind: 'refused',
        budget: 'web',
        detail: 'The disruption budget web needs 3 healthy pods and has 3 currently',
        retryAfterSeconds: undefined,
      },
    ],
    [
      'a budget that has just been changed, by the header',
      answer(429, exhausted('The disruption budget web is still being processed by the server.'), '10'),
      {
        kind: 'refused',
        budget: 'web',
        detail: 'The disruption budget web is still being processed by the server.',
        retryAfterSeconds: 10,
      },
    ],
    [
      'the same, by the body',
      answer(429, exhausted('Something of a budget', { retryAfterSeconds: 7 })),
      { kind: 'refused', budget: undefined, detail: 'Something of a budget', retryAfterSeconds: 7 },
    ],
    [
      'a budget whose book-keeping is full',
      answer(403, {
        reason: 'Forbidden',
        message: 'DisruptedPods map too big',
        details: { name: 'web', group: 'policy', kind: 'poddisruptionbudget' },
      }),
      { kind: 'refused', budget: 'web', detail: 'DisruptedPods map too big', retryAfterSeconds: undefined },
    ],
    [
      'a namespace that is going',
      answer(403, { reason: 'Forbidden', message: 'no', details: { causes: [{ reason: 'NamespaceTerminating' }] } }),
      { kind: 'namespace-terminating', detail: 'no' },
    ],
    [
      'two budgets',
      answer(500, { message: 'This pod has more than one PodDisruptionBudget, which is not supported.' }),
      { kind: 'misconfigured', detail: 'This pod has more than one PodDisruptionBudget, which is not supported.' },
    ],
  ])('of %s is about the pod', (_, error, outcome) => {
    expect(isEvictionAnswer(error)).toBe(true);
    expect(outcomeOf(error)).toEqual(outcome);
  });

  it.each<[string, ApiError]>([
    ['the server’s own limits', answer(429, { reason: 'TooManyRequests', message: 'too many requests' }, '1')],
    ['etcd', answer(500, { reason: 'InternalError', message: 'etcdserver: request timed out' })],
    ['something in between', answer(500, 'upstream failed')],
    ['RBAC', answer(403, { reason: 'Forbidden', message: 'User "x" cannot create resource "pods/eviction"' })],
    ['a webhook', answer(400, { message: 'admission webhook denied the request' })],
  ])('of %s is not', (_, error) => {
    expect(isEvictionAnswer(error)).toBe(false);
  });
});
