import { answered, mayBeGranted, NO_EVICTIONS, nextTry, observe, takeForced } from '../../../src/drain/evictions.ts';
import { holdups } from '../../../src/drain/holdups.ts';
import { budget, pod } from '../plan/cluster-builder.ts';
import { A, answeredAll, B, DENIED, REFUSED, TROUBLE, take } from './drained.ts';

describe('a refused pod', () => {
  const closed = budget('web', { disruptionsAllowed: 0 });
  const open = budget('web', { disruptionsAllowed: 1 });

  it('is not tried again while its budget stands as it stood', () => {
    const generous = budget('web', { disruptionsAllowed: 2 });
    expect(take(answeredAll([A], [generous], REFUSED), [generous], 60_000).names).toEqual([]);
  });

  it('is not tried again while its budget allows nothing', () => {
    expect(take(answeredAll([A], [open], REFUSED), [closed], 60_000).names).toEqual([]);
  });

  it('is tried when its budget opens, and only as many are as it allows', () => {
    const refused = answeredAll([A, B], [closed], REFUSED);
    const opened = take(refused, [open]);
    expect(opened.names).toEqual(['a']);
    expect(take(opened.state, [open]).names).toEqual([]);
    const evicted = answered(opened.state, A.uid, { kind: 'evicted' }, 0);
    expect(take(evicted, [open]).names).toEqual([]);
    expect(take(evicted, [budget('web', { disruptionsAllowed: 1 })]).names).toEqual(['b']);
  });

  it('is not tried for the sake of a pod whose eviction has no answer yet', () => {
    const first = take(answeredAll([A, B], [closed], REFUSED), [open]);
    const next = budget('web', { disruptionsAllowed: 1 });
    const meanwhile = take(first.state, [next]);
    expect(meanwhile.names).toEqual([]);
    expect(take(answered(meanwhile.state, A.uid, REFUSED, 0), [next]).names).toEqual(['b']);
    expect(take(answered(meanwhile.state, A.uid, { kind: 'evicted' }, 0), [next]).names).toEqual(['b']);
  });

  it('is tried beside pods that take nothing of what its budget allows, whatever becomes of those', () => {
    const short = budget('web', { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2 });
    const enough = budget('web', { disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 });
    const unready = { ...A, ready: false };
    const refused = answeredAll([unready, B], [short], REFUSED);
    expect(take(refused, [enough]).names).toEqual(['a', 'b']);

    const late = pod('late', 'w-1');
    const first = take(observe(answeredAll([B], [short], REFUSED), [late, B]), [enough]);
    expect(first.names).toEqual(['late']);
    expect(take(answered(first.state, late.uid, { kind: 'gone' }, 0), [enough]).names).toEqual(['b']);
    for (const phase of ['Failed', 'Succeeded', 'Pending'] as const) {
      const free = observe(answeredAll([B], [short], REFUSED), [{ ...late, phase }, B]);
      expect(take(free, [enough]).names).toEqual(['late', 'b']);
    }
  });

  it('is tried when its budget is removed', () => {
    expect(take(answeredAll([A], [closed], REFUSED), []).names).toEqual(['a']);
  });

  it('is tried when it has become unready and its budget lets such pods go', () => {
    const unready = { ...A, ready: false };
    const lenient = budget('web', { disruptionsAllowed: 0, alwaysEvictUnhealthy: true });
    const healthy = budget('web', { disruptionsAllowed: 0, currentHealthy: 2 });
    const short = budget('web', { disruptionsAllowed: 0, currentHealthy: 1 });
    for (const [guard, expected] of [
      [lenient, ['a']],
      [healthy, ['a']],
      [short, []],
    ] as const) {
      const refused = answeredAll([A], [guard], REFUSED);
      expect(take(observe(refused, [unready]), [guard]).names).toEqual(expected);
    }
  });

  it('waits as long as the server said, and then for a budget that allows something', () => {
    const paused = answeredAll([A], [open], { ...REFUSED, retryAfterSeconds: 10 });
    expect(take(paused, [open], 9_999).names).toEqual([]);
    expect(nextTry(paused, 9_999)).toBe(10_000);
    expect(take(paused, [closed], 10_000).names).toEqual([]);
    expect(take(paused, [open], 10_000).names).toEqual(['a']);
  });

  it('without any budget that explains it is tried again after five seconds', () => {
    const unexplained = answeredAll([A], [], REFUSED);
    expect(nextTry(unexplained, 0)).toBe(5_000);
    expect(take(unexplained, [], 4_999).names).toEqual([]);
    expect(take(unexplained, [], 5_000).names).toEqual(['a']);
  });

  it('with several budgets is tried again only when at most one is left', () => {
    const both = [closed, budget('web-2')];
    const misconfigured = answeredAll([A], both, { kind: 'misconfigured', detail: 'two budgets' });
    expect(nextTry(misconfigured, 0)).toBeUndefined();
    expect(take(misconfigured, both, 60_000).names).toEqual([]);
    expect(take(misconfigured, [budget('web-2')], 60_000).names).toEqual(['a']);
  });

  it('gives way to those that were refused before it, so that a budget that flaps starves nobody', () => {
    let state = answeredAll([A, B], [closed], REFUSED);
    const tried: string[] = [];
    for (let flap = 0; flap < 4; flap += 1) {
      const { state: next, names } = take(state, [budget('web', { disruptionsAllowed: 1 })]);
      tried.push(...names);
      state = [A, B].reduce((before, { uid }) => answered(before, uid, REFUSED, 0), next);
    }
    expect(tried).toEqual(['a', 'b', 'a', 'b']);
  });

  it('by a budget that is not known is tried again after five seconds', () => {
    const unknown = answeredAll([A], [open], { ...REFUSED, budget: 'just-made' });
    expect(nextTry(unknown, 0)).toBe(5_000);
    expect(take(unknown, [open], 4_999).names).toEqual([]);
    expect(take(unknown, [open], 5_000).names).toEqual(['a']);
  });

  it('comes after the pods that were not tried yet', () => {
    const refused = observe(answeredAll([A], [closed], REFUSED), [A, B]);
    expect(take(refused, [budget('web', { disruptionsAllowed: 2 })]).names).toEqual(['b', 'a']);
  });

  it('gives way to none where its answer comes after the budget has opened', () => {
    const { state } = take(observe(NO_EVICTIONS, [A]), [closed]);
    const opened = take(state, [open]).state;
    expect(take(answered(opened, A.uid, REFUSED, 0), [open]).names).toEqual(['a']);
  });
});

describe('a pod that admission denies', () => {
  const closed = budget('web');
  const open = budget('web', { disruptionsAllowed: 1 });

  it('is asked for after 5 s, then after twice as long, and so on, up to a minute', () => {
    let state = observe(NO_EVICTIONS, [A]);
    let now = 0;
    const pauses: number[] = [];
    for (let denial = 0; denial < 6; denial += 1) {
      const due = take(state, [closed], now);
      expect(due.names).toEqual(['a']);
      state = answered(due.state, A.uid, DENIED, now);
      expect(take(state, [closed], (nextTry(state, now) ?? 0) - 1).names).toEqual([]);
      pauses.push((nextTry(state, now) ?? 0) - now);
      now = nextTry(state, now) ?? 0;
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('is not asked for before the time that the server named', () => {
    const state = answeredAll([A], [], { ...DENIED, retryAfterSeconds: 90 });
    expect(nextTry(state, 0)).toBe(90_000);
    expect(nextTry(answeredAll([A], [], { ...DENIED, retryAfterSeconds: 1 }), 0)).toBe(5_000);
  });

  it('begins anew with its pauses once a budget, and not admission, has refused it', () => {
    const refused = answered(take(answeredAll([A], [closed], DENIED), [closed], 5_000).state, A.uid, REFUSED, 5_000);
    const again = take(refused, [open], 6_000);
    expect(again.names).toEqual(['a']);
    expect(nextTry(answered(again.state, A.uid, DENIED, 6_000), 6_000)).toBe(11_000);
  });

  it('keeps no place, and no part of a budget, from the others', () => {
    const refused = answered(answeredAll([A, B], [closed], DENIED), B.uid, DENIED, 0);
    expect(take(observe(refused, [A, B, pod('c', 'w-1')]), [closed], 0, 1).names).toEqual(['c']);
    // Both wait for the budget; the one that it lets through is denied, and costs the budget nothing.
    const opened = take(answeredAll([A, B], [closed], REFUSED), [open]);
    expect(opened.names).toEqual(['a']);
    expect(take(opened.state, [open]).names).toEqual([]);
    expect(take(answered(opened.state, A.uid, DENIED, 0), [open]).names).toEqual(['b']);
  });

  it('is shown with the words of admission and not with its budget, also while it is asked for again', () => {
    const denied = answeredAll([A], [closed], DENIED);
    const why = { kind: 'denied', by: DENIED.by, detail: DENIED.detail };
    for (const state of [denied, take(denied, [closed], 5_000).state])
      expect(holdups(state, [closed])).toEqual([{ pod: A, since: 0, why }]);
  });

  it('is deleted by order at once, and where that is denied too, once more after the pause', () => {
    const order = [{ uid: A.uid, pod: `${A.namespace}/${A.name}` }];
    const first = takeForced(answeredAll([A], [open], DENIED), order, 1_000);
    expect(first.remove).toEqual([A]);
    const denied = answered(first.state, A.uid, DENIED, 1_000);
    expect(takeForced(denied, order, 10_999).remove).toEqual([]);
    expect(takeForced(denied, order, 11_000).remove).toEqual([A]);
  });
});

describe('a pod about which the server says neither yes nor no', () => {
  const closed = budget('web', { disruptionsAllowed: 0 });
  const open = budget('web', { disruptionsAllowed: 1 });

  it('is asked for after half a second, then after twice as long, and so on, up to 8 s', () => {
    let state = observe(NO_EVICTIONS, [A]);
    let now = 0;
    const pauses: number[] = [];
    for (let time = 0; time < 6; time += 1) {
      const due = take(state, [closed], now);
      expect(due.names).toEqual(['a']);
      expect(mayBeGranted(due.state, A.uid)).toBe(time > 0);
      state = answered(due.state, A.uid, TROUBLE, now);
      expect(take(state, [closed], (nextTry(state, now) ?? 0) - 1).names).toEqual([]);
      pauses.push((nextTry(state, now) ?? 0) - now);
      now = nextTry(state, now) ?? 0;
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  });

  it('is not asked for before the time that the server named', () => {
    expect(nextTry(answeredAll([A], [], { ...TROUBLE, code: 429, retryAfterSeconds: 90 }), 0)).toBe(90_000);
    expect(nextTry(answeredAll([A], [], { ...TROUBLE, retryAfterSeconds: 0 }), 0)).toBe(500);
  });

  it('keeps no place, and no part of a budget, from the others', () => {
    const troubled = answeredAll([A, B], [closed], TROUBLE);
    expect(take(observe(troubled, [A, B, pod('c', 'w-1')]), [closed], 0, 1).names).toEqual(['c']);
    const opened = take(answeredAll([A, B], [closed], REFUSED), [open]);
    expect(opened.names).toEqual(['a']);
    expect(take(answered(opened.state, A.uid, TROUBLE, 0), [open]).names).toEqual(['b']);
  });

  it('begins anew with its pauses once the server has said something else', () => {
    const once = answered(take(answeredAll([A], [], TROUBLE), [], 500).state, A.uid, DENIED, 500);
    expect(nextTry(once, 500)).toBe(5_500);
    const again = take(once, [], 5_500);
    expect(mayBeGranted(again.state, A.uid)).toBe(false);
    expect(nextTry(answered(again.state, A.uid, TROUBLE, 5_500), 5_500)).toBe(6_000);
  });

  it('goes on being hurried where somebody has deleted it with more time than the drain gives', () => {
    const slow = { ...A, deletingSince: 5, graceSeconds: 3_600 };
    const { state } = take(observe(NO_EVICTIONS, [slow], 30), []);
    const troubled = observe(answered(state, A.uid, TROUBLE, 0), [slow], 30);
    expect(take(troubled, [], 500).names).toEqual(['a']);
  });

  it('is shown with its code and its words since the first time, also while it is asked for again', () => {
    const troubled = answeredAll([A], [closed], TROUBLE);
    const why = { kind: 'trouble', code: 500, detail: TROUBLE.detail };
    const meanwhile = take(troubled, [closed], 500).state;
    for (const state of [troubled, meanwhile, answered(meanwhile, A.uid, TROUBLE, 600)])
      expect(holdups(state, [closed])).toEqual([{ pod: A, since: 0, why }]);
  });

  it('is deleted by order at once, and where that comes to the same, once more after the pause', () => {
    const order = [{ uid: A.uid, pod: `${A.namespace}/${A.name}` }];
    const first = takeForced(answeredAll([A], [open], TROUBLE), order, 100);
    expect(first.remove).toEqual([A]);
    const troubled = answered(first.state, A.uid, TROUBLE, 100);
    expect(takeForced(troubled, order, 1_099).remove).toEqual([]);
    expect(takeForced(troubled, order, 1_100).remove).toEqual([A]);
  });
});
