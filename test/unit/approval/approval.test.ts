import { type ApprovalPolicy, mayDecide, tally } from '../../../src/approval/approval.ts';
import type { Decision } from '../../../src/approval/decision.ts';

const policy: ApprovalPolicy = { approvers: ['UALICE', 'UBOB', 'SADMINS'], approvalsNeeded: 2, selfApproval: false };
const plan = { digest: 'd1', expiresAt: 1_000, requestedBy: 'UALICE' };

function decision(by: string, overrides: Partial<Decision> = {}): Decision {
  return {
    id: `decision-${by}`,
    planId: 'p1',
    digest: 'd1',
    cluster: 'prod',
    by,
    via: by,
    verdict: 'approve',
    reason: undefined,
    at: 10,
    ...overrides,
  };
}
const APPROVAL = { requestedBy: 'UALICE', verdict: 'approve' } as const;
const carol = decision('UCAROL', { via: 'SADMINS' });

describe('who may decide', () => {
  test.each([
    ['a named person may', 'UBOB', [], { kind: 'allowed', via: 'UBOB' }],
    [
      'a member of a named group may, and the group is recorded',
      'UCAROL',
      ['SADMINS'],
      { kind: 'allowed', via: 'SADMINS' },
    ],
    [
      'a member of another group may not',
      'UDAVE',
      ['SOTHERS'],
      { kind: 'refused', sentence: expect.stringContaining('not among') },
    ],
    [
      'the requester may not, though an approver',
      'UALICE',
      ['SADMINS'],
      { kind: 'refused', sentence: expect.stringContaining('somebody else') },
    ],
  ])('%s', (_name, by, groups, expected) => {
    expect(mayDecide(policy, APPROVAL, by, new Set(groups))).toEqual(expected);
  });

  test('the requester may where the policy allows self-approval', () => {
    expect(mayDecide({ ...policy, selfApproval: true }, APPROVAL, 'UALICE', new Set())).toMatchObject({
      kind: 'allowed',
    });
  });
});

describe('what the decisions amount to', () => {
  test.each<[string, readonly Decision[], object]>([
    ['nobody has decided yet', [], { kind: 'waiting', have: 0, need: 2 }],
    ['two distinct people approve', [decision('UBOB'), carol], { kind: 'approved', by: ['UBOB', 'UCAROL'] }],
    [
      'one person counts once',
      [decision('UBOB'), decision('UBOB', { id: 'again' })],
      { kind: 'waiting', have: 1, need: 2 },
    ],
    [
      'approvals of another digest do not count',
      [decision('UBOB', { digest: 'd0' }), carol],
      { kind: 'waiting', have: 1, need: 2 },
    ],
    ['the requester does not count', [decision('UALICE'), carol], { kind: 'waiting', have: 1, need: 2 }],
    ['someone who is no approver does not count', [decision('UDAVE'), carol], { kind: 'waiting', have: 1, need: 2 }],
    [
      "someone under another person's entry does not count",
      [decision('UDAVE', { via: 'UBOB' }), carol],
      { kind: 'waiting', have: 1, need: 2 },
    ],
    [
      'one rejection rejects, whatever else was said',
      [decision('UBOB'), carol, decision('UEVE', { via: 'SADMINS', verdict: 'reject', reason: 'not on a Friday' })],
      { kind: 'rejected', by: 'UEVE', reason: 'not on a Friday' },
    ],
    [
      'a rejection by a stranger changes nothing',
      [decision('UDAVE', { verdict: 'reject' })],
      { kind: 'waiting', have: 0, need: 2 },
    ],
  ])('%s', (_name, decisions, expected) => {
    expect(tally(policy, plan, decisions, 500)).toEqual(expected);
  });

  test('at its expiry a plan is expired, however many approved', () => {
    expect(tally(policy, plan, [decision('UBOB'), carol], 1_000)).toEqual({ kind: 'expired' });
  });

  test('a policy that needs nobody still needs one person', () => {
    expect(tally({ ...policy, approvalsNeeded: 0 }, plan, [], 500)).toEqual({ kind: 'waiting', have: 0, need: 1 });
  });
});
