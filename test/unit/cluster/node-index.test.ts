import fc from 'fast-check';
import { indexNodes } from '../../../src/cluster/node-index.ts';
import { matchesAffinity, type NodeAffinityTerm, type Requirement } from '../../../src/cluster/selector.ts';
import { worker } from '../plan/cluster-builder.ts';

const KEYS = ['zone', 'disk'];
const VALUES = ['a', 'b', 'c'];

const requirement = (keys: readonly string[], values: readonly string[]): fc.Arbitrary<Requirement> =>
  fc.record({
    key: fc.constantFrom(...keys),
    operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
    values: fc.subarray([...values]),
  });

const NAMES = ['n-0', 'n-1', 'n-2', 'n-3', 'n-4', 'n-5'];
const byName: fc.Arbitrary<Requirement> = fc.record({
  key: fc.constant('metadata.name'),
  operator: fc.constantFrom('In', 'NotIn'),
  values: fc.subarray(NAMES),
});

const term: fc.Arbitrary<NodeAffinityTerm> = fc.record({
  labels: fc.array(requirement(KEYS, VALUES), { maxLength: 3 }),
  fields: fc.array(byName, { maxLength: 2 }),
});

const nodes = fc.tuple(
  ...NAMES.map(name =>
    fc
      .dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES))
      .map(labels => worker(name, '1.36.2', { labels })),
  ),
);

it('an index finds the nodes that every node tried by itself would find', () => {
  fc.assert(
    fc.property(nodes, fc.array(fc.array(term, { maxLength: 3 }), { maxLength: 3 }), (all, asked) => {
      const index = indexNodes(all);
      // Asked twice: what is remembered is the same.
      for (const terms of [...asked, ...asked]) {
        const expected = all.filter(({ name, labels }) => matchesAffinity(terms, name, labels));
        expect(new Set(index.matching(terms))).toEqual(new Set(expected));
      }
    }),
  );
});
