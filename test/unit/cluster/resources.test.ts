import * as fc from 'fast-check';
import { add, fits, larger, NO_RESOURCES, parseQuantity, subtract } from '../../../src/cluster/resources.ts';

describe('a quantity', () => {
  it.each([
    ['0', 0],
    ['4', 4],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['100m', 0.1],
    ['250u', 0.00025],
    ['3n', 3e-9],
    ['1k', 1_000],
    ['1.5M', 1_500_000],
    ['2Ki', 2_048],
    ['16Gi', 16 * 2 ** 30],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1Ei', 2 ** 60],
    ['2e3', 2_000],
    ['2E3', 2_000],
    ['1E', 1e18],
    ['1e-3', 0.001],
    ['+2', 2],
    ['-1', -1],
    [' 8 ', 8],
  ])('%j is %d', (text, amount) => {
    expect(parseQuantity(text)).toBeCloseTo(amount, 12);
  });

  it.each(['', 'm', 'lots', '1KI', '1ki', '1K', '1Gib', '1 Gi', '1.2.3', '1e', '0x10', 'NaN', 'Infinity'])(
    '%j is none',
    text => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  it('is a finite number or nothing, for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[+-]?[0-9.]{1,6}[eEmkKMGi]{0,2}$/)), text => {
        expect(parseQuantity(text) ?? 0).not.toBeNaN();
      }),
    );
  });
});

describe('resources', () => {
  const amounts = fc.record({
    cpuMilli: fc.nat(),
    memoryBytes: fc.nat(),
    pods: fc.nat(200),
    others: fc.constantFrom(undefined, { gpu: 1 }, { gpu: 2, disk: 5 }),
  });

  it('that were added and taken away again leave what was there', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const back = subtract(add(a, b), b);
        expect([fits(back, a), fits(a, back)]).toEqual([true, true]);
      }),
    );
  });

  it('fit where all of them do', () => {
    const free = { cpuMilli: 100, memoryBytes: 100, pods: 1 };
    expect(fits(free, free)).toBe(true);
    expect(fits(NO_RESOURCES, free)).toBe(true);
    for (const kind of ['cpuMilli', 'memoryBytes', 'pods'] as const) {
      expect(fits({ ...free, [kind]: free[kind] + 1 }, free)).toBe(false);
    }
    const gpus = (gpu: number) => ({ ...free, others: { gpu } });
    expect(fits(gpus(2), gpus(2))).toBe(true);
    expect(fits(free, gpus(2))).toBe(true);
    expect(fits(gpus(3), gpus(2))).toBe(false);
    expect(fits(gpus(1), free)).toBe(false);
  });

  it('are compared kind by kind', () => {
    const a = { cpuMilli: 1, memoryBytes: 5, pods: 1, others: { gpu: 1 } };
    const b = { cpuMilli: 3, memoryBytes: 2, pods: 1, others: { disk: 4 } };
    expect(larger(a, b)).toEqual({ cpuMilli: 3, memoryBytes: 5, pods: 1, others: { gpu: 1, disk: 4 } });
  });
});
