import { answered, type Evictions, isDrained, NO_EVICTIONS, nextTry, observe } from '../../../src/drain/evictions.ts';
import { budget, pod } from '../plan/cluster-builder.ts';
import { A, answeredAll, B, REFUSED, take } from './drained.ts';

describe('the first try', () => {
  it('is made for every pod at once, whatever the budgets seem to allow', () => {
    expect(take(observe(NO_EVICTIONS, [A, B]), [budget('web', { disruptionsAllowed: 0 })]).names).toEqual(['a', 'b']);
  });

  it('is made for no more pods than may be under way together, and for the next as answers come', () => {
    const first = take(observe(NO_EVICTIONS, [A, B]), [], 0, 1);
    expect(first.names).toEqual(['a']);
    expect(take(first.state, [], 0, 1).names).toEqual([]);
    expect(take(answered(first.state, A.uid, { kind: 'evicted' }, 0), [], 0, 1).names).toEqual(['b']);
  });

  it('is made for four pods of one budget together, while others go ahead', () => {
    const web = Array.from({ length: 9 }, (_, index) => pod(`web-${index}`, 'w-1', { labels: { app: 'web' } }));
    const db = pod('db', 'w-1', { labels: { app: 'db' } });
    const covers = budget('web', { selector: { matchLabels: { app: 'web' }, matchExpressions: [] } });
    const first = take(observe(NO_EVICTIONS, [...web, db]), [covers]);
    expect(first.names).toEqual(['web-0', 'web-1', 'web-2', 'web-3', 'db']);
    const newer = [{ ...covers, disruptionsAllowed: 5 }];
    expect(take(first.state, newer).names).toEqual([]);
    expect(take(answered(first.state, 'uid-web-2', { kind: 'evicted' }, 0), newer).names).toEqual(['web-4']);
  });

  it('is made once', () => {
    const terminating = { kind: 'namespace-terminating', detail: '' } as const;
    for (const outcome of [{ kind: 'evicted' }, { kind: 'gone' }, terminating] as const) {
      expect(take(answeredAll([A, B], [], outcome), []).names).toEqual([]);
    }
  });

  it('is not made for a pod that is being deleted already', () => {
    expect(take(observe(NO_EVICTIONS, [{ ...A, deletingSince: 5 }]), []).names).toEqual([]);
    expect(take(observe(NO_EVICTIONS, [{ ...A, deletingSince: 5 }], 30), []).names).toEqual([]);
  });

  it('is made once for one that is being deleted with more time than the drain gives', () => {
    const slow = { ...A, deletingSince: 5, graceSeconds: 3_600 };
    const hurried = take(observe(NO_EVICTIONS, [slow], 30), []);
    expect(hurried.names).toEqual(['a']);
    const granted = answered(hurried.state, A.uid, { kind: 'evicted' }, 0);
    expect(take(observe(granted, [slow], 30), []).names).toEqual([]);
  });

  it('is not made again while the first has no answer, though the pod is seen to leave, or not seen', () => {
    const { state } = take(observe(NO_EVICTIONS, [A]), []);
    for (const seen of [[{ ...A, deletingSince: 5 }], []]) {
      const between = observe(state, seen);
      expect(take(observe(between, [A]), []).names).toEqual([]);
      expect(take(observe(between, [...seen, B]), [], 0, 1).names).toEqual([]);
    }
  });
});

describe('in the order of priority', () => {
  const low = pod('low', 'w-1', { priority: -10 });
  const low2 = pod('low-2', 'w-1', { priority: -10 });
  const high = pod('high', 'w-1', { priority: 1_000 });

  it('pods of the lowest priority leave together, and the next when all of these have left', () => {
    const names = (state: Evictions) => take(state, [], 0, 10, 'priority').names;
    expect(names(observe(NO_EVICTIONS, [high, low, A, low2]))).toEqual(['low', 'low-2']);
    const { state } = take(observe(NO_EVICTIONS, [high, low, A, low2]), [], 0, 10, 'priority');
    const going = [low, low2].reduce((before, { uid }) => answered(before, uid, { kind: 'evicted' }, 0), state);
    expect(names(observe(going, [high, { ...low, deletingSince: 1 }, A]))).toEqual([]);
    expect(names(observe(going, [high, A]))).toEqual(['a']);
    expect(names(observe(going, [high]))).toEqual(['high']);
  });

  it('no other leaves while a budget holds one of a lower', () => {
    const closed = budget('web', { disruptionsAllowed: 0 });
    const { state } = take(observe(NO_EVICTIONS, [A, low]), [closed], 0, 10, 'priority');
    const refused = answered(state, low.uid, REFUSED, 0);
    expect(take(refused, [closed], 0, 10, 'priority').names).toEqual([]);
    expect(take(refused, [budget('web')], 0, 10, 'priority').names).toEqual(['low']);
  });
});

describe('the end', () => {
  it('is there when no pod is left, whatever was known of them', () => {
    const refused = answeredAll([A, B], [], REFUSED);
    expect(isDrained(observe(refused, [B]))).toBe(false);
    expect(isDrained(observe(refused, []))).toBe(true);
  });

  it('forgets a pod that has left while its eviction was being answered', () => {
    const { state } = take(observe(NO_EVICTIONS, [A]), []);
    expect(isDrained(answered(observe(state, []), A.uid, REFUSED, 0))).toBe(true);
  });

  it('is waited for where a pod was deleted before a refusal of its eviction arrived', () => {
    const { state } = take(observe(NO_EVICTIONS, [A]), []);
    const late = answered(observe(state, [{ ...A, deletingSince: 1 }]), A.uid, REFUSED, 0);
    expect(take(late, [], 60_000).names).toEqual([]);
    expect(nextTry(late, 0)).toBeUndefined();
  });

  it('takes a pod of the same name for another', () => {
    const evicted = answeredAll([A], [], { kind: 'evicted' });
    expect(take(observe(evicted, [{ ...A, uid: 'uid-new' }]), []).names).toEqual(['a']);
  });
});
