import type { EvictionOutcome } from '../../../src/drain/eviction.ts';
import { ApiError } from '../../../src/kubernetes/api-error.ts';
import { isDeletionAnswer, isEvictionAnswer, outcomeOf } from '../../../src/kubernetes/eviction-answer.ts';

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
    [
      'a budget whose status others kept writing',
      answer(504, {
        reason: 'Timeout',
        message: `Timeout: couldn't update PodDisruptionBudget "web" due to conflicts`,
        details: { retryAfterSeconds: 10 },
      }),
      {
        kind: 'refused',
        budget: 'web',
        detail: `Timeout: couldn't update PodDisruptionBudget "web" due to conflicts`,
        retryAfterSeconds: 10,
      },
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
    ['another time-out', answer(504, { reason: 'Timeout', message: 'Timeout: request did not complete' })],
    ['a name that does not fit', answer(400, { reason: 'BadRequest', message: 'name in URL does not match name' })],
  ])('of %s is not', (_, error) => {
    expect(isEvictionAnswer(error)).toBe(false);
  });
});

test('404 of something in between tells nothing of the pod', () => {
  expect(outcomeOf(answer(404, '404 page not found'))).toBeUndefined();
});

describe('the answer of admission', () => {
  const WEBHOOK = { kind: 'webhook', name: 'evictions.kubevirt.io' } as const;
  const POLICY = { kind: 'policy', name: 'keep' } as const;
  const said = 'admission webhook "evictions.kubevirt.io" denied the request: it is being moved';
  const away = 'Internal error occurred: failed calling webhook "evictions.kubevirt.io": failed to call webhook: Post';
  const keeps = `pods "a" is forbidden: ValidatingAdmissionPolicy 'keep' with binding 'all' denied request: never`;

  // A webhook chooses its code, which then does not mean what the server means by it.
  it.each<[number, string, 'webhook' | 'policy']>([
    ...[400, 401, 403, 404, 409, 422, 429, 500, 503].map((code): [number, string, 'webhook'] => [
      code,
      said,
      'webhook',
    ]),
    [400, 'admission webhook "evictions.kubevirt.io" denied the request without explanation', 'webhook'],
    [500, away, 'webhook'],
    ...[401, 403, 413, 422].map((code): [number, string, 'policy'] => [code, keeps, 'policy']),
    [422, `pods "a" is forbidden: ValidatingAdmissionPolicy 'keep' denied request: failed to configure`, 'policy'],
  ])('with %i and “%s” names who denied it, to an eviction and to a deletion', (code, message, kind) => {
    const error = answer(code, { reason: 'Whatever', message }, '7');
    expect(isEvictionAnswer(error)).toBe(true);
    expect(isDeletionAnswer(error)).toBe(true);
    const by = kind === 'webhook' ? WEBHOOK : POLICY;
    expect(outcomeOf(error)).toEqual({ kind: 'denied', by, detail: message, retryAfterSeconds: 7 });
  });

  it('is told from a budget by who speaks, whatever causes a webhook names', () => {
    const causes = [{ reason: 'DisruptionBudget', message: 'The disruption budget x needs 1 healthy pods and has 1' }];
    expect(outcomeOf(answer(429, { message: said, details: { causes } }))).toMatchObject({
      kind: 'denied',
      by: WEBHOOK,
    });
  });
});
