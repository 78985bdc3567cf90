import { drainFlags, drainRulesFor } from '../../../src/plan/drain-options.ts';
import { policyOf } from '../../../src/policy/settings.ts';

const POLICY = { graceSeconds: 30, force: false };

describe('how a plan has nodes drained', () => {
  it.each([
    [undefined, { graceSeconds: 30, force: false }],
    [{ force: true }, { graceSeconds: 30, force: true }],
    [{ graceSeconds: 0 }, { graceSeconds: 0, force: false }],
    [{ graceSeconds: -1 }, { graceSeconds: undefined, force: false }],
  ])('with %j over the policy', (options, rules) => {
    expect(drainRulesFor(options, POLICY)).toEqual(rules);
  });

  it('is written as it could have been typed', () => {
    expect(drainFlags({ graceSeconds: -1, force: false })).toEqual(['--force=false', '--grace-period -1']);
  });
});

it('a cluster whose policy says -1 gives pods their own grace period, whatever the defaults say', () => {
  const policy = policyOf({ approvers: ['UBOB'], drain: { graceSeconds: 30 } }, { drain: { graceSeconds: -1 } });
  expect(policy?.drain.graceSeconds).toBeUndefined();
});
