import type { BudgetView, PodView } from '../../../src/cluster/snapshot.ts';
import type { EvictionOutcome } from '../../../src/drain/eviction.ts';
import {
  answered,
  type Evictions,
  isDrained,
  NO_EVICTIONS,
  nextTry,
  observe,
  takeDue,
  takeForced,
} from '../../../src/drain/evictions.ts';
import { holdups } from '../../../src/drain/holdups.ts';
import { budget, pod } from '../plan/cluster-builder.ts';

const A = pod('a', 'w-1');
const B = pod('b', 'w-1');
const REFUSED: EvictionOutcome = { kind: 'refused', budget: 'web', detail: 'needs 2', retryAfterSeconds: undefined };
const DENIED = {
  kind: 'denied',
  by: { kind: 'webhook', name: 'evictions.kubevirt.io' },
  detail: 'admission webhook "evictions.kubevirt.io" denied the request: it is being moved',
  retryAfterSeconds: undefined,
} as const;

/** Names of the pods to evict now, and the state after they were asked for. */
function take(
  state: Evictions,
  budgets: readonly BudgetView[],
  now = 0,
  atOnce = 10,
  order: 'together' | 'priority' = 'together',
) {
  const due = takeDue(state, budgets, { now, atOnce, order });
  return { state: due.state, names: due.evict.map(({ name }) => name) };
}

/** A drain of these pods whose first evictions were all answered like this. */
function answeredAll(pods: readonly PodView[], budgets: readonly BudgetView[], outcome: EvictionOutcome): Evictions {
  const { state } = take(observe(NO_EVICTIONS, pods), budgets);
  return pods.reduce((before, { uid }) => answered(before, uid, outcome, 0), state);
}

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

describe('a pod that somebody has deleted past its budget', () => {
  const closed = budget('web', { disruptionsAllowed: 0 });
  const open = budget('web', { disruptionsAllowed: 1 });
  const named = (uid: string) => {
    const known = [A, B].find(each => each.uid === uid);
    return { uid, pod: `${known?.namespace}/${known?.name}` };
  };
  const remove = (state: Evictions, ...uids: string[]) =>
    takeForced(state, uids.map(named), 0).remove.map(({ name }) => name);

  it('is one that was refused, and not tried at this moment', () => {
    const refused = answeredAll([A, B], [closed], REFUSED);
    expect(remove(refused, A.uid)).toEqual(['a']);
    expect(remove(observe(NO_EVICTIONS, [A]), A.uid)).toEqual([]);
    const retried = take(refused, [open]);
    expect(remove(retried.state, ...retried.names.map(name => `uid-${name}`))).toEqual([]);
  });

  it('is deleted once, not evicted meanwhile, and going after that', () => {
    const { state } = takeForced(answeredAll([A], [closed], REFUSED), [named(A.uid)], 0);
    expect(remove(state, A.uid)).toEqual([]);
    expect(take(state, [open]).names).toEqual([]);
    const gone = answered(state, A.uid, { kind: 'evicted' }, 5);
    expect(remove(gone, A.uid)).toEqual([]);
    expect(take(gone, [open]).names).toEqual([]);
  });

  it('may be one that waits for the deletion of its namespace to reach it', () => {
    const waits = answeredAll([A], [], { kind: 'namespace-terminating', detail: 'being terminated' });
    const ordered = [{ pod: 'default/a', uid: A.uid }];
    const forced = takeForced(waits, ordered, 0);
    expect(forced.remove.map(({ name }) => name)).toEqual(['a']);
    expect(takeForced(forced.state, ordered, 0).remove).toEqual([]);
    expect(takeForced(answered(forced.state, A.uid, { kind: 'evicted' }, 0), ordered, 0).remove).toEqual([]);
    const denied = answered(forced.state, A.uid, DENIED, 0);
    expect(takeForced(denied, ordered, 4_999).remove).toEqual([]);
    expect(takeForced(denied, ordered, 5_000).remove).toHaveLength(1);
  });

  it('is none of another name than the one that was typed', () => {
    const refused = answeredAll([A], [closed], REFUSED);
    expect(takeForced(refused, [{ uid: A.uid, pod: `${B.namespace}/${B.name}` }], 0).remove).toEqual([]);
  });

  it('is none that is leaving, or that is not there', () => {
    const leaving = observe(answeredAll([A], [closed], REFUSED), [{ ...A, deletingSince: 1 }]);
    expect(remove(leaving, A.uid, 'another')).toEqual([]);
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
