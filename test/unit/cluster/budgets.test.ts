import * as fc from 'fast-check';
import { indexBudgets } from '../../../src/cluster/budgets.ts';
import { matchesSelector } from '../../../src/cluster/selector.ts';
import { budget } from '../plan/cluster-builder.ts';

const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'zone'), fc.constantFrom('a', 'b'), { maxKeys: 3 });
const namespace = fc.constantFrom('default', 'shop');
const requirement = fc.record({
  key: fc.constantFrom('app', 'tier'),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(fc.constantFrom('a', 'b')),
} as const);
const budgets = fc
  .array(fc.tuple(namespace, labels, fc.array(requirement, { maxLength: 1 })), { maxLength: 8 })
  .map(all =>
    all.map(([where, matchLabels, matchExpressions], place) =>
      budget(`b${place}`, { namespace: where, selector: { matchLabels, matchExpressions } }),
    ),
  );

describe('the index of budgets', () => {
  it('finds exactly the budgets that a look at all of them would find', () => {
    fc.assert(
      fc.property(budgets, namespace, labels, (all, where, carried) => {
        const found = indexBudgets(all).budgetsOf({ namespace: where, labels: carried });
        const expected = all.filter(each => each.namespace === where && matchesSelector(each.selector, carried));
        expect([...found].sort(byName)).toEqual([...expected].sort(byName));
      }),
    );
  });

  it('knows none in a namespace without budgets', () => {
    expect(indexBudgets([budget('web')]).budgetsOf({ namespace: 'shop', labels: { app: 'web' } })).toEqual([]);
  });
});

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
