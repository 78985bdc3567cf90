import type { Taint, Toleration } from '../../../src/cluster/snapshot.ts';
import { tolerates } from '../../../src/cluster/taints.ts';

describe('a taint', () => {
  const taint: Taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
  const exact: Toleration = { key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' };

  it.each<[string, Toleration, boolean]>([
    ['its key, value and effect', exact, true],
    ['its key and value, with every effect', { ...exact, effect: undefined }, true],
    ['its key, whatever the value', { ...exact, operator: 'Exists', value: '' }, true],
    ['everything', { key: undefined, operator: 'Exists', value: '', effect: undefined }, true],
    ['everything of another effect', { key: undefined, operator: 'Exists', value: '', effect: 'NoExecute' }, false],
    ['everything, written with an empty key', { key: '', operator: 'Exists', value: '', effect: undefined }, true],
    ['another value', { ...exact, value: 'no' }, false],
    ['another key', { ...exact, key: 'cpu' }, false],
    ['another effect', { ...exact, effect: 'NoExecute' }, false],
    ['no key and no value', { key: undefined, operator: 'Equal', value: 'yes', effect: undefined }, false],
  ])('is tolerated by who tolerates %s: %p', (_what, toleration, expected) => {
    expect(tolerates([toleration], taint)).toBe(expected);
  });

  it('is tolerated by nobody who tolerates nothing', () => {
    expect(tolerates([], taint)).toBe(false);
  });
});
