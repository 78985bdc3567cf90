import * as fc from 'fast-check';
import type { BudgetView, PodView } from '../../../src/cluster/snapshot.ts';
import { answered, isDrained, NO_EVICTIONS, nextTry, observe, takeDue } from '../../../src/drain/evictions.ts';
import { budget, pod } from '../plan/cluster-builder.ts';

/** Groups of pods, each with a budget that lets so many be away at a time; `undefined` has no budget. */
const groups = fc.array(
  fc.record({ pods: fc.integer({ min: 1, max: 12 }), spare: fc.option(fc.integer({ min: 1, max: 4 })) }),
  { minLength: 1, maxLength: 4 },
);

interface Group {
  readonly pods: number;
  readonly spare: number | null;
}

/**
 * A cluster that answers evictions by its budgets; `next` decides in which order things happen. So many answers about each pod
 * at most say neither yes nor no.
 */
function drain(shape: readonly Group[], atOnce: number, next: (choices: number) => number, troubles = 0) {
  const onNode = new Map<string, PodView>();
  const away = shape.map(() => 0);
  const groupOf = new Map<string, number>();
  shape.forEach(({ pods }, group) => {
    for (let index = 0; index < pods; index += 1) {
      const each = pod(`g${group}-${index}`, 'w-1', { labels: { app: `g${group}` } });
      onNode.set(each.uid, each);
      groupOf.set(each.uid, group);
    }
  });
  const budgetOf = (group: number): BudgetView[] => {
    const spare = shape[group]?.spare ?? undefined;
    const allowed = (spare ?? 0) - (away[group] ?? 0);
    const selector = { matchLabels: { app: `g${group}` }, matchExpressions: [] };
    return spare === undefined ? [] : [budget(`g${group}`, { selector, disruptionsAllowed: allowed })];
  };
  let budgets = shape.map((_, group) => budgetOf(group));
  const inFlight: PodView[] = [];
  /** Granted by the server, and seen to stop before its answer arrives. */
  const granted = new Set<string>();
  const going: PodView[] = [];
  let twice = 0;
  /** Groups whose budget changed on the server and has not been seen. */
  const unseen = new Set<number>();
  const tries = new Map<string, number>();
  const openings = shape.map(() => 0);
  let state = observe(NO_EVICTIONS, [...onNode.values()]);
  let mostAtOnce = 0;
  let now = 0;
  const troubled = new Map<string, number>();

  function change(group: number, by: number) {
    away[group] = (away[group] ?? 0) + by;
    unseen.add(group);
  }
  function happen(): boolean {
    const can = [
      ...inFlight.map(each => () => answer(each)),
      ...inFlight.filter(each => mayGo(each)).map(each => () => stopBeforeAnswer(each)),
      ...going.map(each => () => leave(each)),
      ...[...unseen].map(group => () => see(group)),
    ];
    const chosen = can[next(can.length)];
    chosen?.();
    return chosen !== undefined || later();
  }
  /** Nothing else happens any more before somebody is asked again. */
  function later(): boolean {
    const time = nextTry(state, now);
    now = time ?? now;
    return time !== undefined;
  }
  function mayGo({ uid }: PodView): boolean {
    const group = groupOf.get(uid) ?? 0;
    const spare = shape[group]?.spare ?? undefined;
    return !granted.has(uid) && (spare === undefined || (away[group] ?? 0) < spare);
  }
  /** The watch is quicker than the answer: the pod is seen to stop, and may even be gone by then. */
  function stopBeforeAnswer(each: PodView) {
    granted.add(each.uid);
    const stopping = { ...each, deletingSince: 1 };
    onNode.set(each.uid, stopping);
    going.push(stopping);
    change(groupOf.get(each.uid) ?? 0, 1);
    state = observe(state, [...onNode.values()]);
  }
  function answer(each: PodView) {
    inFlight.splice(inFlight.indexOf(each), 1);
    const group = groupOf.get(each.uid) ?? 0;
    const times = troubled.get(each.uid) ?? 0;
    if (times < troubles && next(2) === 0) {
      troubled.set(each.uid, times + 1);
      const trouble = { kind: 'trouble', code: 503, detail: '', retryAfterSeconds: undefined } as const;
      state = answered(state, each.uid, trouble, now);
      return;
    }
    if (granted.has(each.uid)) {
      state = answered(state, each.uid, { kind: 'evicted' }, now);
      return;
    }
    if (!mayGo(each)) {
      const refusal = { kind: 'refused', budget: `g${group}`, detail: '', retryAfterSeconds: undefined } as const;
      state = answered(state, each.uid, refusal, now);
      return;
    }
    going.push(each);
    change(group, 1);
    state = answered(state, each.uid, { kind: 'evicted' }, now);
  }
  function leave(each: PodView) {
    going.splice(going.indexOf(each), 1);
    onNode.delete(each.uid);
    change(groupOf.get(each.uid) ?? 0, -1);
    state = observe(state, [...onNode.values()]);
  }
  function see(group: number) {
    unseen.delete(group);
    budgets = budgets.with(group, budgetOf(group));
    openings[group] = (openings[group] ?? 0) + Math.max(0, budgets[group]?.[0]?.disruptionsAllowed ?? 0);
  }

  do {
    const due = takeDue(state, budgets.flat(), { now, atOnce, order: 'together' });
    state = due.state;
    const asked = new Set([...inFlight, ...going].map(({ uid }) => uid));
    twice += due.evict.filter(({ uid }) => asked.has(uid)).length;
    for (const each of due.evict) tries.set(each.uid, (tries.get(each.uid) ?? 0) + 1);
    inFlight.push(...due.evict);
    mostAtOnce = Math.max(mostAtOnce, inFlight.length);
  } while (happen());
  return { drained: isDrained(state), left: onNode.size, mostAtOnce, twice, tries, openings, groupOf };
}

const history = fc.array(fc.nat(1_000), { minLength: 50, maxLength: 50 });

function forAllDrains(
  check: (end: ReturnType<typeof drain>, shape: readonly Group[], atOnce: number) => void,
  troubles = 0,
) {
  fc.assert(
    fc.property(groups, fc.integer({ min: 1, max: 8 }), history, (shape, atOnce, choices) => {
      let turn = 0;
      const next = (count: number) => {
        turn += 1;
        return count === 0 ? 0 : (choices[turn % choices.length] ?? 0) % count;
      };
      check(drain(shape, atOnce, next, troubles), shape, atOnce);
    }),
    { numRuns: 300 },
  );
}

describe('a drain, whatever comes in which order', () => {
  it('ends with every pod gone', () => {
    forAllDrains(({ drained, left }) => {
      expect({ drained, left }).toEqual({ drained: true, left: 0 });
    });
  });

  it('ends so, and asks for none of a pod that is under way or going, though answers say neither yes nor no', () => {
    forAllDrains(({ drained, left, mostAtOnce, twice }, _shape, atOnce) => {
      expect({ drained, left, twice }).toEqual({ drained: true, left: 0, twice: 0 });
      expect(mostAtOnce).toBeLessThanOrEqual(atOnce);
    }, 3);
  });

  it('never has more evictions under way than it may', () => {
    forAllDrains(({ mostAtOnce }, _shape, atOnce) => {
      expect(mostAtOnce).toBeLessThanOrEqual(atOnce);
    });
  });

  it('asks for no eviction of a pod while one is under way, or after one was granted', () => {
    forAllDrains(({ twice }) => expect(twice).toBe(0));
  });

  it('tries pods without a budget once, and no pod again more often than its budget was seen to have room', () => {
    forAllDrains(({ tries, openings, groupOf }, shape) => {
      shape.forEach(({ spare, pods }, group) => {
        const counts = [...tries].filter(([uid]) => groupOf.get(uid) === group).map(([, count]) => count);
        expect(counts).toHaveLength(pods);
        const again = counts.reduce((sum, count) => sum + count - 1, 0);
        expect(again).toBeLessThanOrEqual(spare === null ? 0 : (openings[group] ?? 0));
      });
    });
  });
});
