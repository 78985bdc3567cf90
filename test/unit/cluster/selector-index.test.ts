import * as fc from 'fast-check';
import { matchesSelector } from '../../../src/cluster/selector.ts';
import { indexSelectors, type Selecting } from '../../../src/cluster/selector-index.ts';

const word = fc.constantFrom('a', 'b', 'c');
const labels = fc.dictionary(word, word, { maxKeys: 3 });
const requirement = fc.record({
  key: word,
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(word, { maxLength: 2 }),
});
const selecting: fc.Arbitrary<Selecting> = fc.record({
  selector: fc.record({ matchLabels: labels, matchExpressions: fc.array(requirement, { maxLength: 2 }) }),
  namespaces: fc.option(fc.array(word, { maxLength: 2 }), { nil: undefined }),
});

it('an index finds each selector that matches, once, and no other', () => {
  fc.assert(
    fc.property(fc.array(selecting, { maxLength: 12 }), fc.array(fc.tuple(word, labels)), (all, pods) => {
      const find = indexSelectors(all);
      for (const [namespace, own] of pods) {
        const expected = all.filter(
          ({ selector, namespaces }) => (namespaces?.includes(namespace) ?? true) && matchesSelector(selector, own),
        );
        const found = find(namespace, own);
        expect(found).toHaveLength(expected.length);
        expect(new Set(found)).toEqual(new Set(expected));
      }
    }),
    { numRuns: 500 },
  );
});
