import fc from 'fast-check';
import { sameJson } from '../../../../src/demo/cluster/store/same-json.ts';

/** The same value with its fields in the opposite order, and undefined ones added. */
function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).reverse();
  return { ...Object.fromEntries(fields.map(([key, each]) => [key, rewritten(each)])), ' absent': undefined };
}

describe('whether two values are the same JSON', () => {
  it('does not depend on the order of fields, nor on undefined ones', () => {
    fc.assert(fc.property(fc.jsonValue(), value => sameJson(value, rewritten(value))));
  });

  it.each([
    [[], {}],
    [null, {}],
    [0, false],
    ['1', 1],
    [{ a: null }, {}],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 2 }],
  ])('%j is not %j', (a, b) => {
    expect(sameJson(a, b)).toBe(false);
    expect(sameJson(b, a)).toBe(false);
  });
});
