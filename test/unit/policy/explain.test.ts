import { closedWords, explainPolicy } from '../../../src/policy/explain.ts';
import { parseSelector } from '../../../src/policy/notation.ts';
import type { PolicySettings } from '../../../src/policy/settings.ts';
import { examplePolicy } from '../../support/policy.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const explained = (settings: PolicySettings) => explainPolicy(examplePolicy(settings), NOW).join('\n');
const NIGHTS = { days: [1, 2, 3, 4], from: 1_320, to: 300, timeZone: 'Europe/Berlin' };

describe('a policy in words', () => {
  it.each<[string, PolicySettings, string]>([
    ['who may ask', {}, 'Every full member of the workspace may ask for a plan; commands are accepted in any channel.'],
    [
      'who may ask, and where',
      { requesters: ['UALICE', 'SDEVS'], channels: ['C2', 'C1'] },
      'Group SDEVS and UALICE may ask for a plan; commands are accepted in C2 or C1 only.',
    ],
    [
      'who must approve',
      {},
      'One person of group SAPPROVERS must approve it within 1 d. Whoever asked for a plan may not',
    ],
    [
      'how many must approve',
      { approvers: ['UBOB', 'UCAROL', 'SOPS'], approvalsNeeded: 2, selfApproval: true, planLifetimeSeconds: 7_200 },
      '2 people of group SOPS, UBOB and UCAROL must approve it within 2 h. Whoever asked for a plan may approve it too.',
    ],
    ['who may steer', { operators: ['UEVE'] }, 'UEVE may pause, resume, abort, retry and skip.'],
    ['that nodes are started at any time', {}, 'Nodes are started at any time.'],
    [
      'windows',
      { windows: [NIGHTS] },
      'Nodes are started only Mon to Thu 22:00 to 05:00 of the next day (Europe/Berlin). ' +
        'Now they are not; from Tue 2026-11-24 22:00 (Europe/Berlin) they will be.',
    ],
    [
      'several windows, one of them open',
      {
        windows: [
          { days: [0, 6], from: 0, to: 1_440 },
          { days: [2, 5], from: 720, to: 780 },
        ],
      },
      'only Sat, Sun 00:00 to 24:00 (UTC), or Tue, Fri 12:00 to 13:00 (UTC). Now they are, until Tue 2026-11-24 13:00 (UTC).',
    ],
    [
      'freezes to come',
      {
        freezes: [
          {
            from: { year: 2026, month: 12, day: 18, minutes: 0 },
            until: { year: 2027, month: 1, day: 7, minutes: 0 },
            reason: 'holidays',
          },
        ],
      },
      'no node is started from Fri 2026-12-18 00:00 to Thu 2027-01-07 00:00 (UTC): holidays.',
    ],
    ['that nothing is waived', {}, 'always stops an approval, and so does every one that could not be looked at.'],
    ['what is waived', { waivable: ['ETCD_QUORUM', 'ADDONS_STAY'] }, 'unless it is ADDONS_STAY or ETCD_QUORUM.'],
    [
      'limits',
      { limits: { maxUnavailable: '20%' } },
      'The next one waits while it would make more than 20% not Ready or cordoned, of those that were available when people approved.',
    ],
    ['the limit of one', {}, 'one at a time. The next one waits while any other is not Ready or cordoned, of those'],
    [
      'drains',
      {
        drain: {
          force: true,
          deleteEmptyDirData: false,
          graceSeconds: 30,
          podSelector: parseSelector('app!=db'),
          order: 'priority',
        },
      },
      'A drain may take 1 h, gives every pod 30 s to stop, evicts pods without a controller, refuses to delete the data ' +
        'of emptyDir volumes, skips pods deleted more than 1 h ago, leaves pods alone that do not match app!=db, ' +
        'evicts pods of lower priority before others and says',
    ],
    [
      'the driver',
      { driver: { ignorePreflightErrors: ['SystemVerification'] } },
      'A host is upgraded by kubeadm within 1 h, ignoring the preflight errors SystemVerification.',
    ],
    [
      'elastic pools',
      { elasticPools: [parseSelector('pool=spot') ?? never()] },
      'match pool=spot come and go: a new one, or one that is not Ready, voids no approval.',
    ],
  ])('says %s', (_what, settings, sentence) => {
    expect(explained(settings)).toContain(sentence);
  });

  it('leaves out freezes that are over', () => {
    const past = { year: 2026, month: 1, day: 1, minutes: 0 };
    const freezes = [{ from: past, until: { ...past, day: 2 }, reason: 'long ago' }];
    expect(explained({ freezes })).not.toContain('long ago');
  });
});

describe('why nothing is started now', () => {
  const policy = examplePolicy({ windows: [NIGHTS] });

  it('says when it may be', () => {
    expect(closedWords(policy, NOW)).toBe(
      'It is outside of the maintenance windows. Nodes may be started from Tue 2026-11-24 22:00 (Europe/Berlin).',
    );
  });

  it('says the same until then, so that it is told once', () => {
    expect(closedWords(policy, NOW + 8 * 3_600_000)).toBe(closedWords(policy, NOW));
  });

  it('says nothing where they may be', () => {
    expect(closedWords(policy, NOW + 10 * 3_600_000)).toBeUndefined();
  });

  it('says why the cluster is frozen', () => {
    const freezes = [{ from: NOW - 1, until: NOW + 3_600_000, reason: 'a sale', timeZone: 'UTC' }];
    expect(closedWords({ windows: [], freezes }, NOW)).toBe(
      'The cluster is frozen: a sale. Nodes may be started from Tue 2026-11-24 13:00 (UTC).',
    );
  });
});

function never(): never {
  throw new Error('the selector was not understood');
}
