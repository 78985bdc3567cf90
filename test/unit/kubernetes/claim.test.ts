import fc from 'fast-check';
import { pointer } from '../../../src/kubernetes/json-patch.ts';
import { CLAIM_KEY, isOfSameWork, isSameClaim, readClaim, writeClaim } from '../../../src/kubernetes/views/claim.ts';

const claims = fc.record({
  run: fc.string({ minLength: 1 }),
  work: fc.string({ minLength: 1 }),
  attempt: fc.integer({ min: 1, max: 1_000 }),
  wasUnschedulable: fc.boolean(),
  cordons: fc.integer({ min: 0, max: 2 }),
  excluded: fc.boolean(),
  outOfService: fc.boolean(),
});

describe('a claim in its annotation', () => {
  it('is read as it was written, and equal claims are written alike', () => {
    fc.assert(
      fc.property(claims, claim => {
        const { outOfService, excluded, wasUnschedulable, cordons, attempt, work, run } = claim;
        expect(readClaim(writeClaim(claim))).toEqual(claim);
        const otherwise = { outOfService, excluded, wasUnschedulable, cordons, attempt, work, run };
        expect(writeClaim(otherwise)).toBe(writeClaim(claim));
      }),
    );
  });

  it('is read through what a later release adds to it', () => {
    const done = { wasUnschedulable: false, cordons: 2, excluded: true, outOfService: true };
    const claim = { run: 'r', work: 'w', attempt: 1, ...done };
    expect(readClaim(JSON.stringify({ ...claim, since: 'noon' }))).toEqual(claim);
  });

  it('of an earlier release is one that cordoned once and left labels and taints alone', () => {
    const claim = { run: 'r', work: 'w', attempt: 1, wasUnschedulable: false };
    expect(readClaim(JSON.stringify(claim))).toEqual({ ...claim, cordons: 1, excluded: false, outOfService: false });
  });

  it.each([
    '',
    'x',
    'null',
    '[]',
    '{"run":"r","work":"w","attempt":1}',
    '{"run":"","work":"w","attempt":1,"wasUnschedulable":false}',
  ])('that cannot be read (%j) is a claim of somebody else, whom nobody is, over a cordon that is not ours', text => {
    const claim = readClaim(text);
    if (!claim) throw new Error('expected a claim');
    expect(claim.wasUnschedulable).toBe(true);
    expect([isSameClaim(claim, claim), isOfSameWork(claim, claim)]).toEqual([false, false]);
  });

  it('is none where there is no annotation', () => {
    expect(readClaim(undefined)).toBeUndefined();
  });

  it('is pointed to with its slash escaped', () => {
    expect(pointer('metadata', 'annotations', CLAIM_KEY)).toBe('/metadata/annotations/capstan.dev~1claim');
    expect(pointer('a~b/c')).toBe('/a~0b~1c');
  });
});
