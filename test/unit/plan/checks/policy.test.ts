import { LOOKS } from '../../../../src/cluster/looks.ts';
import type { LabelSelector } from '../../../../src/cluster/selector.ts';
import { type Finding, stopsApproval } from '../../../../src/plan/finding.ts';
import type { PlanningInput } from '../../../../src/plan/planning.ts';
import type { DrainOptions } from '../../../../src/plan/request.ts';
import { parseSelector } from '../../../../src/policy/notation.ts';
import type { PolicySettings } from '../../../../src/policy/settings.ts';
import { examplePolicy } from '../../../support/policy.ts';
import { cluster, controlPlane, NOW, pod, worker } from '../cluster-builder.ts';
import { codes, findingsOf, found } from './found.ts';

const HOUR = 3_600_000;
const NODES = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2')];
const QUIET = cluster(NODES);

/** What else a plan is made with; NOW is midnight UTC of Tuesday the 24th of November 2026. */
const under = (settings: PolicySettings, more: object = {}) =>
  ['patch', undefined, { policy: examplePolicy(settings), ...more }] as const;
const window = (from: number, to: number) => ({ windows: [{ days: [2], from: from * 60, to: to * 60 }] });
const day = { year: 2026, month: 11, day: 24, minutes: 0 };

describe('outside of its maintenance windows', () => {
  const HOURS = 'It is outside of the maintenance windows of this cluster: Tue 02:00 to 04:00 (UTC).';

  it('is a warning where the plan will live to see one open: its run waits', () => {
    expect(found('OUTSIDE_WINDOW', QUIET, ...under(window(2, 4), { ttlMs: 3 * HOUR }))).toEqual([
      ['warn', `${HOURS} An upgrade that is approved begins Tue 2026-11-24 02:00 (UTC).`],
    ]);
  });

  it('stops a plan that will have expired by then', () => {
    const [finding] = findingsOf(QUIET, ...under(window(2, 4), { ttlMs: 2 * HOUR }));
    expect(finding).toMatchObject({
      code: 'OUTSIDE_WINDOW',
      severity: 'block',
      sentence: `${HOURS} The next opens Tue 2026-11-24 02:00 (UTC). This plan would have expired by then.`,
    });
  });

  it('counts a freeze that lies on the window', () => {
    const freezes = [{ from: { ...day, minutes: 60 }, until: { ...day, minutes: 180 }, reason: 'a sale' }];
    const [[, sentence] = []] = found(
      'OUTSIDE_WINDOW',
      QUIET,
      ...under({ ...window(2, 4), freezes }, { ttlMs: 6 * HOUR }),
    );
    expect(sentence).toContain('begins Tue 2026-11-24 03:00 (UTC).');
  });

  it('is said of none where one is open, or there is none', () => {
    expect(found('OUTSIDE_WINDOW', QUIET, ...under(window(0, 4)))).toEqual([]);
    expect(found('OUTSIDE_WINDOW', QUIET, ...under({}))).toEqual([]);
    expect(found('OUTSIDE_WINDOW', QUIET)).toEqual([]);
  });
});

describe('an upgrade that takes longer than nodes may be started', () => {
  // Two kubeadm steps of 3 and 2 min, and a drain of 2 min for each of 21 nodes: 47 min.
  const nodes = [controlPlane('cp-1', '1.36.2'), controlPlane('cp-2', '1.36.2')];
  const workers = Array.from({ length: 19 }, (_, n) => worker(`w-${n}`, '1.36.2'));
  const large = cluster([...nodes, ...workers]);
  const minutes = (from: number, to: number) => ({ windows: [{ days: [1, 2, 3, 4, 5], from, to }] });
  const said = (settings: PolicySettings, more: object = {}) =>
    found('OUTLASTS_WINDOW', large, ...under(settings, { ttlMs: 24 * HOUR, ...more })).map(([, sentence]) => sentence);

  it('is warned about, with what happens when the window closes', () => {
    expect(said(minutes(0, 30))).toEqual([
      'The upgrade is estimated to take 47 min, and nodes may be started for 30 min: the maintenance window closes ' +
        'Tue 2026-11-24 00:30 (UTC). What is under way then is finished, and no other node is started until ' +
        'Wed 2026-11-25 00:00 (UTC). Like that it would be over about Wed 2026-11-25 00:17 (UTC).',
    ]);
  });

  it('is judged by what is left of a window, and by the whole one where the upgrade waits for it', () => {
    expect(said(minutes(0, 60))).toEqual([]);
    const [left] = said(minutes(0, 60), { now: NOW + 20 * 60_000 });
    expect(left).toContain('47 min, and nodes may be started for 40 min: the maintenance window closes');
    const [waiting] = said(minutes(120, 140));
    expect(waiting).toContain('may be started for 20 min, from Tue 2026-11-24 02:00 (UTC) on: the maintenance window');
    expect(waiting).toContain('Like that it would be over about Thu 2026-11-26 02:07 (UTC).');
  });

  it('is told of a freeze that begins meanwhile', () => {
    const freezes = [{ from: { ...day, minutes: 15 }, until: { ...day, day: 26 }, reason: 'a sale' }];
    expect(said({ freezes })[0]).toContain(
      'for 15 min: a freeze (a sale) begins Tue 2026-11-24 00:15 (UTC). What is under way then is finished, and no other ' +
        'node is started until Thu 2026-11-26 00:00 (UTC).',
    );
  });

  it('is no trouble at any time of an open policy, nor where nothing will ever open', () => {
    expect(said({})).toEqual([]);
    expect(
      said({
        ...minutes(0, 60),
        freezes: [{ from: { ...day, year: 2020 }, until: { ...day, year: 2090 }, reason: 'x' }],
      }),
    ).toEqual([]);
  });

  it('knows of the soak after each node', () => {
    expect(said({ ...minutes(0, 60), ready: { soakSeconds: 60 } })[0]).toContain('is estimated to take 1 h 10 min');
  });
});

describe('a freeze', () => {
  const freezes = [{ from: day, until: { ...day, day: 26 }, reason: 'a sale' }];

  it('stops every plan, with its reason', () => {
    expect(found('FROZEN', QUIET, ...under({ freezes }))).toEqual([
      ['block', 'The policy has frozen this cluster until Thu 2026-11-26 00:00 (UTC). The reason given: a sale.'],
    ]);
  });

  it('stops none before and after', () => {
    for (const now of [NOW - 1, NOW + 48 * HOUR])
      expect(found('FROZEN', QUIET, ...under({ freezes }, { now }))).toEqual([]);
  });

  it('cannot be waived', () => {
    expect(found('FROZEN', QUIET, ...under({ freezes, waivable: ['FROZEN'] }))[0]?.[0]).toBe('block');
  });
});

describe('a policy of the bot that is not the worker’s', () => {
  const told = (input: Partial<PlanningInput>) =>
    findingsOf(QUIET, ...under({}, input)).filter(({ code }) => code === 'POLICY_DIFFERS');

  it('is a warning, since what counts is the worker’s', () => {
    expect(found('POLICY_DIFFERS', QUIET, ...under({}, { policyDiffers: true }))).toEqual([
      ['warn', "The bot's policy for this cluster is not the worker's. What counts is the worker's."],
    ]);
    expect(told({ policyDiffers: false })).toMatchObject([{ severity: 'ok' }]);
  });

  it('is nothing that is spoken of where no bot has asked', () => {
    expect(told({})).toEqual([]);
  });
});

describe('where nobody gave a policy', () => {
  it('nothing is said of what it might have said', () => {
    const told = (findings: readonly Finding[]) =>
      findings.flatMap(({ code, severity }) => (OF_POLICY.has(code) ? [`${code} ${severity}`] : []));
    expect(told(findingsOf(QUIET, 'patch'))).toEqual([]);
    const given = findingsOf(QUIET, ...under({}, { policyDiffers: false }));
    expect(told(given)).toEqual(['FROZEN ok', 'OUTLASTS_WINDOW ok', 'OUTSIDE_WINDOW ok', 'POLICY_DIFFERS ok']);
  });
});

const OF_POLICY = new Set(['FROZEN', 'OUTLASTS_WINDOW', 'OUTSIDE_WINDOW', 'POLICY_DIFFERS']);

describe('a finding that the policy waives', () => {
  const unread = cluster(NODES, { unreadable: [{ what: LOOKS.budgets, why: 'forbidden' }] });
  const needing = ['NO_ROOM', 'PDB_BLOCKS_DRAIN', 'PDB_OVERLAP', 'REPLICAS_TOGETHER', 'WEBHOOK_UNSERVED'];

  it('is a warning and says so, where it could not be looked at', () => {
    const findings = findingsOf(unread, ...under({ waivable: ['LOOK_FAILED', ...needing] }));
    expect(findings.filter(({ code }) => code === 'LOOK_FAILED')).toMatchObject([
      {
        severity: 'warn',
        sentence: 'Could not read pod disruption budgets: forbidden. The policy waives this.',
      },
    ]);
    expect(findings.some(stopsApproval)).toBe(false);
  });

  it('is no other than the one whose code is listed', () => {
    const stopping = findingsOf(unread, ...under({ waivable: ['LOOK_FAILED'] })).filter(stopsApproval);
    expect(stopping.map(({ code }) => code)).toEqual(needing);
    expect(found('LOOK_FAILED', unread, ...under({ waivable: ['ETCD_QUORUM'] }))[0]?.[0]).toBe('unknown');
  });

  it('is none that blocks', () => {
    const held = cluster(NODES, { lease: { run: 'r0', owner: 'worker-1' } });
    expect(found('ANOTHER_RUN', held, ...under({ waivable: ['ANOTHER_RUN'] }))[0]?.[0]).toBe('block');
  });
});

describe('what the policy says of drains', () => {
  const bare = pod('bare', 'w-1', { controller: undefined, labels: { app: 'bare' } });
  const cache = pod('cache', 'w-1', { emptyDir: true, labels: { app: 'cache' } });
  const busy = cluster(NODES, { pods: [bare, cache] });

  it('is said of pods that force evicts', () => {
    expect(found('POD_UNMANAGED', busy, ...under({}))).toEqual([
      ['block', expect.stringContaining('so the drain of their nodes would stop: default/bare on w-1.')],
    ]);
    expect(found('POD_UNMANAGED', busy, ...under({ drain: { force: true } }))).toEqual([
      ['warn', expect.stringContaining('because the drain evicts them by force: default/bare on w-1.')],
    ]);
  });

  it('stops a plan whose drains may not delete emptyDir volumes', () => {
    expect(found('EMPTYDIR_DATA', busy, ...under({}))[0]?.[0]).toBe('warn');
    expect(found('EMPTYDIR_DATA', busy, ...under({ drain: { deleteEmptyDirData: false } }))).toEqual([
      [
        'block',
        'No drain deletes emptyDir volumes, as policy or plan have it, and 1 pod would lose theirs: default/cache.',
      ],
    ]);
  });

  it('gives way to what the plan says of them', () => {
    const asking = (drain: DrainOptions) => under({ drain: { force: true } }, { asks: { drain } });
    expect(found('POD_UNMANAGED', busy, ...asking({ force: false }))[0]?.[1]).toContain(
      'the drain of their nodes would stop',
    );
    expect(found('EMPTYDIR_DATA', busy, ...asking({ deleteEmptyDirData: false }))[0]?.[0]).toBe('block');
    expect(codes(busy, ...asking({ podSelector: parseSelector('app=none') as LabelSelector }))).not.toContain(
      'EMPTYDIR_DATA',
    );
  });

  it('leaves pods out of account that no drain touches', () => {
    const podSelector = parseSelector('app notin (bare, cache)');
    const told = codes(busy, ...under({ drain: { podSelector } }));
    expect(told).not.toContain('POD_UNMANAGED');
    expect(told).not.toContain('EMPTYDIR_DATA');
  });
});
