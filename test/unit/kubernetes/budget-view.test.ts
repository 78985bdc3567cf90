import { matchesSelector } from '../../../src/cluster/selector.ts';
import { budgetView } from '../../../src/kubernetes/views/budget-view.ts';
import type { WireBudget } from '../../../src/kubernetes/views/wire.ts';

describe('the view of a budget', () => {
  const condition = (reason: string, message?: string) => ({
    type: 'DisruptionAllowed',
    status: 'False',
    reason,
    ...(message === undefined ? {} : { message }),
  });
  const BUDGET: WireBudget = {
    metadata: { namespace: 'shop', name: 'web', uid: 'u1' },
    spec: {
      minAvailable: '75%',
      selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'canary', operator: 'DoesNotExist' }] },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
    status: {
      currentHealthy: 7,
      desiredHealthy: 6,
      expectedPods: 8,
      disruptionsAllowed: 1,
      disruptedPods: { 'web-1': '2026-11-26T10:00:00Z' },
    },
  };

  it('holds what the API tells', () => {
    expect(budgetView(BUDGET)).toEqual({
      namespace: 'shop',
      name: 'web',
      uid: 'u1',
      selector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'canary', operator: 'DoesNotExist', values: [] }],
      },
      rule: 'minAvailable: 75%',
      currentHealthy: 7,
      desiredHealthy: 6,
      expectedPods: 8,
      disruptionsAllowed: 1,
      evicting: 1,
      observed: true,
      syncError: undefined,
      alwaysEvictUnhealthy: true,
    });
  });

  it.each<[string, WireBudget, object]>([
    ['has not seen it yet', { metadata: { generation: 1 } }, { observed: false }],
    [
      'has not seen its change',
      { metadata: { generation: 3 }, status: { observedGeneration: 2 } },
      { observed: false },
    ],
    ['has seen it', { metadata: { generation: 3 }, status: { observedGeneration: 3 } }, { observed: true }],
    [
      'cannot count its pods',
      { status: { conditions: [condition('SyncFailed', 'found no controllers for pod "a"')] } },
      { syncError: 'found no controllers for pod "a"' },
    ],
    ['says nothing of why', { status: { conditions: [condition('SyncFailed')] } }, { syncError: '' }],
    [
      'has counted too few',
      { status: { conditions: [condition('InsufficientPods', 'one more')] } },
      { syncError: undefined },
    ],
  ])('tells where its controller %s', (_what, budget, expected) => {
    expect(budgetView(budget)).toMatchObject(expected);
  });

  it('allows nothing where its controller has not looked at it yet', () => {
    expect(budgetView({ spec: { maxUnavailable: 1 } })).toMatchObject({
      rule: 'maxUnavailable: 1',
      disruptionsAllowed: 0,
      alwaysEvictUnhealthy: false,
    });
  });

  it.each([
    ['no selector', undefined, false],
    ['an empty selector', {}, true],
  ])('with %s guards everything: %s', (_, selector, guards) => {
    const view = budgetView({ spec: selector ? { selector } : {} });
    expect(matchesSelector(view.selector, { app: 'web' })).toBe(guards);
    expect(matchesSelector(view.selector, {})).toBe(guards);
  });
});
