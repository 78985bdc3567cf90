import { LOOKS, type Look } from '../../../../src/cluster/looks.ts';
import type { ClusterSnapshot } from '../../../../src/cluster/snapshot.ts';
import { viewDrains } from '../../../../src/plan/checks/drain-view.ts';
import { createOwners } from '../../../../src/plan/checks/owner.ts';
import { viewRoom } from '../../../../src/plan/checks/room-view.ts';
import { runChecks } from '../../../../src/plan/checks.ts';
import { stopsApproval } from '../../../../src/plan/finding.ts';
import { readStanding } from '../../../../src/plan/standing.ts';
import { NO_POLICY } from '../../../../src/policy/settings.ts';
import { EXAMPLE_CALENDAR } from '../../../support/calendar.ts';
import { cluster, component, controlPlane, planned, staticPods, worker } from '../cluster-builder.ts';
import { findingsOf, found } from './found.ts';

const MASTERS = ['cp-1', 'cp-2', 'cp-3'];
const SOUND = cluster([...MASTERS.map(name => controlPlane(name, '1.36.2')), worker('w-1', '1.36.2')], {
  components: MASTERS.flatMap(name => [...staticPods(name, '1.36.2'), component('etcd', name, '3.6.8')]),
});

const without = (what: Look, more: Partial<ClusterSnapshot> = {}): ClusterSnapshot => ({
  ...SOUND,
  ...more,
  unreadable: [{ what, why: 'forbidden' }],
});

/** Those that look at pods, whatever else they look at. */
const OF_PODS = [
  'ADDONS_STAY',
  'ANOTHER_CAPSTAN',
  'CAPSTAN_MOVES',
  'CAPSTAN_STRANDED',
  'CONTROL_PLANE_UNHEALTHY',
  'CONTROL_PLANE_UNLABELLED',
  'DAEMONSET_GONE',
  'EMPTYDIR_DATA',
  'ETCD_QUORUM',
  'GRACE_OUTLASTS_DRAIN',
  'KUBE_PROXY_BEHIND',
  'NO_ROOM',
  'PDB_BLOCKS_DRAIN',
  'PDB_OVERLAP',
  'POD_UNMANAGED',
  'REPLICAS_TOGETHER',
  'SINGLE_REPLICA',
  'SKEW_VIOLATED',
  'STATIC_POD_ON_WORKER',
  'VOLUME_ON_NODE',
  'WEBHOOK_UNSERVED',
];

describe('a look that failed', () => {
  it.each<[Look, string[]]>([
    [LOOKS.pods, OF_PODS],
    [LOOKS.budgets, ['NO_ROOM', 'PDB_BLOCKS_DRAIN', 'PDB_OVERLAP', 'REPLICAS_TOGETHER', 'WEBHOOK_UNSERVED']],
    [LOOKS.volumes, ['CAPSTAN_STRANDED', 'NO_ROOM', 'REPLICAS_TOGETHER', 'VOLUME_ON_NODE', 'WEBHOOK_UNSERVED']],
    [LOOKS.version, []],
  ])('that several checks need is told once, and each of them knows nothing: %s', (what, codes) => {
    const stopping = findingsOf(without(what)).filter(stopsApproval);
    expect(stopping.filter(({ code }) => code === 'LOOK_FAILED')).toMatchObject([
      { severity: 'unknown', sentence: `Could not read ${what}: forbidden.` },
    ]);
    const others = stopping.filter(({ code }) => code !== 'LOOK_FAILED');
    expect(others.map(({ code }) => code)).toEqual(codes);
    for (const { severity, sentence, remedy } of others) {
      expect(severity).toBe('unknown');
      expect(sentence).toBe(`This is not known, because ${what} could not be read.`);
      expect(remedy).toContain('LOOK_FAILED');
    }
  });

  it.each<[Look, string]>([
    [LOOKS.lease, 'ANOTHER_RUN'],
    [LOOKS.workloads, 'SINGLE_REPLICA'],
    [LOOKS.daemonSets, 'DAEMONSET_GONE'],
    [LOOKS.webhooks, 'WEBHOOK_UNSERVED'],
    [LOOKS.deprecatedApis, 'DEPRECATED_API'],
  ])('that one check needs leaves that one without an answer: %s', (what, code) => {
    expect(found(code, without(what))).toEqual([['unknown', `Could not read ${what}: forbidden.`]]);
    expect(found('LOOK_FAILED', without(what))).toEqual([]);
    expect(findingsOf(without(what)).filter(stopsApproval)).toHaveLength(1);
  });

  it('is told with others that failed, each with its reason', () => {
    const unreadable = [
      { what: LOOKS.pods, why: 'no answer' },
      { what: LOOKS.budgets, why: 'forbidden' },
      { what: LOOKS.webhooks, why: 'forbidden' },
    ];
    const blinded = { ...SOUND, unreadable };
    expect(found('LOOK_FAILED', blinded)).toHaveLength(2);
    expect(found('PDB_OVERLAP', blinded)).toEqual([
      ['unknown', 'This is not known, because pod disruption budgets, pods could not be read.'],
    ]);
    expect(found('WEBHOOK_UNSERVED', blinded)).toEqual([
      ['unknown', 'Could not read admission webhooks and what serves them: forbidden.'],
      ['unknown', 'This is not known, because pod disruption budgets, pods could not be read.'],
    ]);
  });

  it('for want of pods leaves the versions of the control plane unknown, which nothing can waive', () => {
    const policy = { ...NO_POLICY, waivable: ['LOOK_FAILED', 'VERSION_UNREADABLE', ...OF_PODS] };
    const blinded = without(LOOKS.pods, { components: [] });
    const stopping = findingsOf(blinded, 'next', undefined, { policy }).filter(stopsApproval);
    expect(stopping).toMatchObject([{ code: 'VERSION_UNREADABLE', severity: 'block' }]);
  });

  it.each<[string, Look, { verb: string; resource: string }, string]>([
    ['on a resource', LOOKS.pods, { verb: 'list', resource: 'pods' }, '--verb=list --resource=pods`'],
    [
      'on one with a group',
      LOOKS.budgets,
      { verb: 'list', resource: 'poddisruptionbudgets.policy' },
      '--verb=list --resource=poddisruptionbudgets.policy`',
    ],
    [
      'on a path',
      LOOKS.deprecatedApis,
      { verb: 'get', resource: '/metrics' },
      '--verb=get --non-resource-url=/metrics`',
    ],
  ])('for want of a right %s comes with what to grant', (_on, what, lacks, flags) => {
    const findings = findingsOf({ ...SOUND, unreadable: [{ what, why: 'forbidden', lacks }] });
    const remedy = findings.find(({ sentence }) => sentence.includes('forbidden'))?.remedy;
    expect(remedy).toContain(`The right to ${lacks.verb} ${lacks.resource} is missing.`);
    expect(remedy).toContain(`kubectl create clusterrole capstan-more ${flags}`);
  });
});

/** Whoever looks at it all the same is told. */
function trap<T extends object>(seen: T, names: readonly (keyof T)[]): T {
  const trapped = { ...seen };
  for (const name of names) {
    Object.defineProperty(trapped, name, {
      get: () => {
        throw new Error(`a check looked at ${String(name)} without saying that it needs it`);
      },
    });
  }
  return trapped;
}

describe('what a check needs', () => {
  it.each<[Look, readonly (keyof ClusterSnapshot)[], ('drains' | 'room')[]]>([
    [LOOKS.pods, ['pods', 'addons'], ['drains', 'room']],
    [LOOKS.budgets, ['budgets'], []],
    [LOOKS.lease, ['lease'], []],
    [LOOKS.workloads, ['workloads'], []],
    [LOOKS.daemonSets, ['daemonSets'], []],
    [LOOKS.volumes, ['volumes'], ['room']],
    [LOOKS.webhooks, ['webhooks'], []],
    [LOOKS.deprecatedApis, ['deprecatedApis'], []],
  ])('it has said: none looks at what was not read of %s', (what, names, derived) => {
    const { findings: _, digest: __, ...draft } = planned(SOUND);
    const drains = viewDrains(SOUND, draft.hops, NO_POLICY.drain);
    const room = viewRoom(SOUND, drains);
    const context = {
      snapshot: trap(without(what), names),
      standing: readStanding(SOUND),
      draft,
      calendar: EXAMPLE_CALENDAR,
      drains: derived.includes('drains') ? trap(drains, Object.keys(drains) as (keyof typeof drains)[]) : drains,
      room: derived.includes('room') ? trap(room, ['homeless', 'departures']) : room,
      ownerOf: createOwners(),
      ownRun: undefined,
      policy: NO_POLICY,
      hasPolicy: false,
      policyDiffers: undefined,
    };
    expect(runChecks(context).filter(stopsApproval).length).toBeGreaterThan(0);
  });
});

describe('an identity that is missing', () => {
  const waiving = { policy: { ...NO_POLICY, waivable: ['IDENTITY_UNKNOWN', 'LOOK_FAILED'] } };
  const told = (snapshot: ClusterSnapshot) => found('IDENTITY_UNKNOWN', snapshot, 'next', undefined, waiving);

  it('of the cluster stops the plan, with the reason, and no policy waives it', () => {
    expect(told(without(LOOKS.identity, { uid: '' }))).toEqual([
      ['block', 'Could not read the identity of the cluster (namespace kube-system): forbidden.'],
    ]);
    expect(told({ ...SOUND, uid: '' })).toEqual([
      ['block', 'Could not read the identity of the cluster (namespace kube-system): its UID is empty.'],
    ]);
    expect(found('LOOK_FAILED', without(LOOKS.identity, { uid: '' }))).toEqual([]);
  });

  it('of nodes that the plan touches stops it as well', () => {
    const nodes = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2', { uid: '' })];
    expect(told(cluster(nodes))).toEqual([
      ['block', 'These nodes have no UID, by which an approval could be held to them: w-1.'],
    ]);
    const asks = { nodes: ['cp-1'] };
    expect(found('IDENTITY_UNKNOWN', cluster(nodes), 'next', undefined, { asks })).toEqual([]);
  });
});
