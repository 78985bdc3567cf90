import { answered, observe } from '../../../src/drain/evictions.ts';
import { holdups } from '../../../src/drain/holdups.ts';
import { budget, pod } from '../plan/cluster-builder.ts';
import { A, answeredAll, B, REFUSED, take } from './drained.ts';

describe('what keeps the pods', () => {
  const web = budget('web', { disruptionsAllowed: 0 });
  const other = budget('other', { disruptionsAllowed: 0 });

  it('is told of each pod with the time since when, refused ones first', () => {
    const stopping = { ...A, deletingSince: 40_000 };
    const state = observe(answeredAll([B], [web], { ...REFUSED, budget: undefined }), [B, stopping, pod('c', 'w-1')]);
    expect(holdups(state, [web])).toEqual([
      { pod: B, since: 0, why: { kind: 'budget', budget: web } },
      // Its grace period of 30 s will be over at 40 s.
      { pod: stopping, since: 10_000, why: { kind: 'stopping' } },
    ]);
  });

  it('is the budget as it is now', () => {
    const now = budget('web', { disruptionsAllowed: 0, currentHealthy: 1 });
    expect(holdups(answeredAll([A], [web], REFUSED), [now])[0]?.why).toEqual({ kind: 'budget', budget: now });
  });

  it('counts from the first refusal, however often the pod is tried again', () => {
    const once = answeredAll([A], [web], REFUSED);
    const open = budget('web', { disruptionsAllowed: 1 });
    const twice = answered(take(once, [open], 5_000).state, A.uid, REFUSED, 5_000);
    expect(holdups(twice, [web])[0]?.since).toBe(0);
  });

  it('is in the words of the server where a pod waits for the deletion of its namespace to reach it', () => {
    const waiting = answeredAll([A], [], { kind: 'namespace-terminating', detail: 'it is being terminated' });
    expect(holdups(waiting, [])[0]?.why).toEqual({ kind: 'refused', detail: 'it is being terminated' });
    const reached = observe(waiting, [{ ...A, deletingSince: 40_000 }]);
    expect(holdups(reached, [])[0]).toMatchObject({ since: 10_000, why: { kind: 'stopping' } });
  });

  it('believes the server about which budget it was', () => {
    expect(holdups(answeredAll([A], [other, web], REFUSED), [other, web])[0]?.why).toEqual({
      kind: 'budget',
      budget: web,
    });
  });

  it('is in the words of the server where the budget that it names is gone, or where there is none', () => {
    const why = { kind: 'refused', detail: 'needs 2' };
    expect(holdups(answeredAll([A], [web], REFUSED), [other])[0]?.why).toEqual(why);
    expect(holdups(answeredAll([A], [], { ...REFUSED, budget: undefined }), [])[0]?.why).toEqual(why);
  });

  it('names all budgets of a pod that has several', () => {
    const state = answeredAll([A], [web, other], { kind: 'misconfigured', detail: 'two budgets' });
    expect(holdups(state, [web, other])[0]?.why).toEqual({ kind: 'budgets', budgets: [web, other] });
  });
});
