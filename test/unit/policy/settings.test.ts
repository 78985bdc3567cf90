import { fingerprint } from '../../../src/policy/fingerprint.ts';
import { NO_POLICY, type PolicySettings, policyOf } from '../../../src/policy/settings.ts';
import { examplePolicy } from '../../support/policy.ts';

const NIGHTS = { days: [1, 2], from: 0, to: 300 };
const HOLIDAYS = {
  from: { year: 2026, month: 12, day: 18, minutes: 0 },
  until: { year: 2027, month: 1, day: 7, minutes: 0 },
  reason: 'holidays',
};
const SALE = { ...HOLIDAYS, reason: 'a sale', timeZone: 'UTC' };

function merged(defaults: PolicySettings, own: PolicySettings) {
  const policy = policyOf({ approvers: ['UBOB'], ...defaults }, own);
  if (!policy) throw new Error('nobody may approve');
  return policy;
}

describe("a cluster's policy", () => {
  it('is what Capstan does by itself where nothing is written but who may approve', () => {
    expect(examplePolicy()).toMatchObject({
      channels: 'anywhere',
      requesters: 'anyone',
      operators: ['SAPPROVERS'],
      approvalsNeeded: 1,
      selfApproval: false,
      limits: { maxUnavailable: 1 },
      planLifetimeSeconds: 86_400,
      ...NO_POLICY,
    });
  });

  it('is none where nobody may approve', () => {
    expect(policyOf({}, {})).toBeUndefined();
    expect(policyOf({ approvers: [] }, {})).toBeUndefined();
  });

  it('takes its own settings over the defaults, lists as a whole and blocks key by key', () => {
    const policy = merged(
      { approvers: ['UBOB'], operators: ['UBOB'], waivable: ['A'], drain: { force: true, timeoutSeconds: 60 } },
      { approvers: ['UCAROL', 'SOPS'], waivable: [], drain: { timeoutSeconds: 5 } },
    );
    expect(policy).toMatchObject({ approvers: ['SOPS', 'UCAROL'], operators: ['UBOB'], waivable: [] });
    expect(policy.drain).toMatchObject({ force: true, timeoutSeconds: 5, deleteEmptyDirData: true });
  });

  it('lets its approvers steer where no operators are written', () => {
    expect(merged({}, { approvers: ['UCAROL'] }).operators).toEqual(['UCAROL']);
  });

  it('adds its freezes to those of the defaults, and replaces their windows', () => {
    const policy = merged({ freezes: [HOLIDAYS], windows: [NIGHTS] }, { freezes: [SALE], windows: [] });
    expect(policy.freezes.map(({ reason }) => reason)).toEqual(['holidays', 'a sale']);
    expect(policy.windows).toEqual([]);
  });

  it('goes by its own time zone, also in what the defaults say, unless a window or freeze names one', () => {
    const policy = merged({ freezes: [HOLIDAYS, SALE], windows: [NIGHTS], timeZone: 'Asia/Seoul' }, {});
    expect(policy.windows).toEqual([{ ...NIGHTS, timeZone: 'Asia/Seoul' }]);
    expect(policy.freezes.map(({ from }) => new Date(from).toISOString())).toEqual([
      '2026-12-17T15:00:00.000Z',
      '2026-12-18T00:00:00.000Z',
    ]);
    expect(merged({ windows: [NIGHTS], timeZone: 'Asia/Seoul' }, { timeZone: 'UTC' }).windows[0]?.timeZone).toBe('UTC');
  });

  it('does not lose a default to a key that is there without a value', () => {
    expect(merged({ approvalsNeeded: 2 }, { approvalsNeeded: undefined, drain: undefined }).approvalsNeeded).toBe(2);
  });
});

describe('its fingerprint', () => {
  const print = (settings: PolicySettings) => fingerprint(examplePolicy(settings));

  it('is the same for what says the same', () => {
    expect(print({ approvers: ['UBOB', 'SOPS', 'UBOB'] })).toBe(print({ approvers: ['SOPS', 'UBOB'] }));
    expect(print({ approvalsNeeded: 1, drain: { force: false } })).toBe(print({}));
    expect(print({ drain: { graceSeconds: -1 } })).toBe(print({}));
  });

  it.each<[string, PolicySettings]>([
    ['approvers', { approvers: ['UEVE'] }],
    ['the number of approvals', { approvalsNeeded: 2 }],
    ['windows', { windows: [NIGHTS] }],
    ['drains', { drain: { graceSeconds: 1 } }],
    ['elastic pools', { elasticPools: [{ matchLabels: {}, matchExpressions: [] }] }],
    ['the life of a plan', { planLifetimeSeconds: 60 }],
  ])('is another for other %s', (_what, settings) => {
    expect(print(settings)).not.toBe(print({}));
  });
});
