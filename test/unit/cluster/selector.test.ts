import {
  type LabelSelector,
  matchesAffinity,
  matchesSelector,
  type Requirement,
} from '../../../src/cluster/selector.ts';

function expression(operator: Requirement['operator'], ...values: string[]): LabelSelector {
  return { matchLabels: {}, matchExpressions: [{ key: 'tier', operator, values }] };
}

describe('a label selector', () => {
  const labels = { app: 'web', tier: '2' };

  it.each<[string, LabelSelector, boolean]>([
    ['that is empty', { matchLabels: {}, matchExpressions: [] }, true],
    ['with the label', { matchLabels: { app: 'web' }, matchExpressions: [] }, true],
    ['with another value', { matchLabels: { app: 'db' }, matchExpressions: [] }, false],
    ['with a label that is missing', { matchLabels: { app: 'web', zone: 'a' }, matchExpressions: [] }, false],
    ['In its values', expression('In', '1', '2'), true],
    ['In other values', expression('In', '1'), false],
    ['NotIn its values', expression('NotIn', '2'), false],
    ['NotIn other values', expression('NotIn', '1'), true],
    ['Exists', expression('Exists'), true],
    ['DoesNotExist', expression('DoesNotExist'), false],
    ['Gt a smaller number', expression('Gt', '1'), true],
    ['Gt the same number', expression('Gt', '2'), false],
    ['Lt a greater number', expression('Lt', '10'), true],
    ['Lt the same number', expression('Lt', '2'), false],
    [
      'of labels that match and an expression that does not',
      { ...expression('In', '1'), matchLabels: { app: 'web' } },
      false,
    ],
  ])('%s', (_what, selector, matches) => {
    expect(matchesSelector(selector, labels)).toBe(matches);
  });

  it.each<[Requirement['operator'], boolean]>([
    ['In', false],
    ['NotIn', true],
    ['Exists', false],
    ['DoesNotExist', true],
    ['Gt', false],
    ['Lt', false],
  ])('%s, where the label is missing', (operator, matches) => {
    expect(matchesSelector(expression(operator, '1'), {})).toBe(matches);
  });

  it('compares numbers as numbers, and matches none that is no number', () => {
    expect(matchesSelector(expression('Gt', '9'), { tier: '10' })).toBe(true);
    expect(matchesSelector(expression('Gt', '9'), { tier: 'high' })).toBe(false);
    expect(matchesSelector(expression('Lt', '9'), { tier: '' })).toBe(false);
  });
});

describe('node affinity', () => {
  const zone: Requirement = { key: 'zone', operator: 'In', values: ['a'] };
  const name: Requirement = { key: 'metadata.name', operator: 'In', values: ['w-1'] };

  it.each([
    ['no term', [], true],
    ['a term that matches', [{ labels: [zone], fields: [name] }], true],
    ['a term of which only the label matches', [{ labels: [zone], fields: [{ ...name, values: ['w-2'] }] }], false],
    [
      'one term of several that matches',
      [
        { labels: [{ ...zone, values: ['b'] }], fields: [] },
        { labels: [zone], fields: [] },
      ],
      true,
    ],
    ['an empty term, which matches nothing', [{ labels: [], fields: [] }], false],
    ['a field that nodes do not have', [{ labels: [], fields: [{ ...name, key: 'spec.podCIDR' }] }], false],
  ])('%s', (_what, terms, matches) => {
    expect(matchesAffinity(terms, 'w-1', { zone: 'a' })).toBe(matches);
  });
});
