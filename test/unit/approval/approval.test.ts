import {
  type ApprovalPolicy,
  isChannel,
  isListed,
  mayAsk,
  mayDecide,
  mayOrder,
  tally,
  whyNotCounted,
} from '../../../src/approval/approval.ts';
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

describe('who may withdraw', () => {
  const REJECTION = { requestedBy: 'UALICE', verdict: 'reject' } as const;

  test('whoever asked may, though they may not approve', () => {
    expect(mayDecide(policy, REJECTION, 'UALICE', new Set())).toEqual({ kind: 'allowed', via: 'UALICE' });
    const stranger = { ...REJECTION, requestedBy: 'UDAVE' };
    expect(mayDecide(policy, stranger, 'UDAVE', new Set())).toEqual({ kind: 'allowed', via: 'UDAVE' });
  });

  test('a stranger may not', () => {
    expect(mayDecide(policy, REJECTION, 'UDAVE', new Set())).toMatchObject({ kind: 'refused' });
  });
});

describe('who may ask and steer', () => {
  const rules = { requesters: ['UALICE', 'SDEVS'], operators: ['SOPS'], channels: ['C1'] };

  test.each([
    ['a named person may ask', mayAsk(rules, 'UALICE', new Set()), { kind: 'allowed', via: 'UALICE' }],
    ['a member of a named group may ask', mayAsk(rules, 'UBOB', new Set(['SDEVS'])), { kind: 'allowed', via: 'SDEVS' }],
    ['others may not ask', mayAsk(rules, 'UBOB', new Set(['SOPS'])), { kind: 'refused' }],
    ['everybody may ask where anyone may', mayAsk({ requesters: 'anyone' }, 'UBOB', new Set()), { via: 'UBOB' }],
    ['an operator may steer', mayOrder(rules, 'UBOB', new Set(['SOPS'])), { kind: 'allowed', via: 'SOPS' }],
    ['a requester may not steer', mayOrder(rules, 'UALICE', new Set(['SDEVS'])), { kind: 'refused' }],
  ])('%s', (_name, answer, expected) => {
    expect(answer).toMatchObject(expected);
  });

  test('commands are accepted in the channels that are listed, or anywhere', () => {
    expect([isChannel(rules, 'C1'), isChannel(rules, 'C2'), isChannel({ channels: 'anywhere' }, 'C2')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test.each([
    ['a person’s own entry', { by: 'UALICE', via: 'UALICE' }, true],
    ['a group’s entry', { by: 'UBOB', via: 'SDEVS' }, true],
    ['the entry of somebody else', { by: 'UBOB', via: 'UALICE' }, false],
    ['an entry that is not listed', { by: 'UBOB', via: 'SOPS' }, false],
  ])('a signature rests on %s', (_name, signatory, listed) => {
    expect(isListed(rules.requesters, signatory)).toBe(listed);
    expect(isListed('anyone', signatory)).toBe(true);
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
      'whoever asked withdraws, though no approver',
      [carol, decision('UALICE', { verdict: 'reject', reason: 'a mistake' })],
      { kind: 'rejected', by: 'UALICE', reason: 'a mistake' },
    ],
    [
      'a rejection by a stranger changes nothing',
      [decision('UDAVE', { verdict: 'reject' })],
      { kind: 'waiting', have: 0, need: 2 },
    ],
  ])('%s', (_name, decisions, expected) => {
    expect(tally(policy, plan, decisions, 500)).toEqual(expected);
  });

  test.each([
    ['another plan', decision('UBOB', { digest: 'd0' }), 'another plan'],
    ['no approver', decision('UDAVE'), 'not among the approvers'],
    ['the requester', decision('UALICE'), 'their own plan'],
    ['an approver', decision('UBOB'), undefined],
  ])('says why a decision does not count: %s', (_name, one, why) => {
    const said = whyNotCounted(policy, plan, one);
    if (why === undefined) expect(said).toBeUndefined();
    else expect(said).toContain(why);
  });

  test('at its expiry a plan is expired, however many approved', () => {
    expect(tally(policy, plan, [decision('UBOB'), carol], 1_000)).toEqual({ kind: 'expired' });
  });

  test('a policy that needs nobody still needs one person', () => {
    expect(tally({ ...policy, approvalsNeeded: 0 }, plan, [], 500)).toEqual({ kind: 'waiting', have: 0, need: 1 });
  });
});
