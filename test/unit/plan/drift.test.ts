import * as fc from 'fast-check';
import type { LabelSelector, Requirement } from '../../../src/cluster/selector.ts';
import type { ClusterSnapshot, NodeView } from '../../../src/cluster/snapshot.ts';
import { driftOf } from '../../../src/plan/drift.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { PlanPolicy } from '../../../src/policy/policy.ts';
import { NO_POLICY } from '../../../src/policy/settings.ts';
import { cluster, component, controlPlane, planned, staticPods, version, worker } from './cluster-builder.ts';

const NODES = [controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];
const APPROVED = planned(cluster(NODES));

function replaced(name: string, change: Partial<NodeView>): NodeView[] {
  return NODES.map(node => (node.name === name ? { ...node, ...change } : node));
}

function changesOf(old: Plan, { nodes }: Pick<ClusterSnapshot, 'nodes'>, now: Plan): readonly string[] {
  return driftOf(old, now, nodes).changes;
}

/** Nodes of one cluster at random moments: some gone, replaced, upgraded, not Ready, or new. */
const moment = fc
  .array(
    fc.record({
      there: fc.boolean(),
      uid: fc.constantFrom('a', 'a', 'a', 'b'),
      minor: fc.constantFrom(35, 35, 36),
      ready: fc.constantFrom('True', 'True', 'True', 'False'),
    } as const),
    { minLength: 4, maxLength: 4 },
  )
  .map(seeds =>
    cluster(
      [
        controlPlane('cp-1', '1.35.4'),
        ...seeds.flatMap(({ there, uid, minor, ready }, place) =>
          there ? [worker(`w-${place}`, `1.${minor}.4`, { uid: `${uid}-${place}`, ready })] : [],
        ),
      ],
      { components: staticPods('cp-1', '1.36.4') },
    ),
  );

function worksOf({ hops }: Plan): string[] {
  return hops.flatMap(({ to, stages }) =>
    stages.flatMap(({ passes }) =>
      passes.flatMap(({ phase, nodes }) => nodes.map(({ uid }) => `${uid} ${phase} ${JSON.stringify(to)}`)),
    ),
  );
}

function elastic(pool: string): PlanPolicy {
  return { ...NO_POLICY, elasticPools: [{ matchLabels: { pool }, matchExpressions: [] }] };
}

describe('what makes an approval void', () => {
  it('is told whenever there would be work that nobody approved', () => {
    fc.assert(
      fc.property(moment, moment, (then, later) => {
        const old = planned(then);
        const now = planned(later);
        const approved = new Set(worksOf(old));
        const more = worksOf(now).filter(work => !approved.has(work));
        if (more.length > 0) expect(changesOf(old, later, now)).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing where nothing has changed', () => {
    expect(driftOf(APPROVED, planned(cluster(NODES)), NODES)).toEqual({
      changes: [],
      joined: [],
      gone: [],
      finished: [],
      outside: [],
      unfit: [],
    });
  });

  it('is nothing where a node has vanished, or has reached the target, which is told', () => {
    const without = NODES.slice(0, 2);
    const unchanged = { changes: [], joined: [], gone: [], finished: [], outside: [], unfit: [] };
    expect(driftOf(APPROVED, planned(cluster(without)), without)).toEqual({ ...unchanged, gone: ['w-2'] });
    const upgraded = [...without, worker('w-2', '1.36.4')];
    expect(driftOf(APPROVED, planned(cluster(upgraded)), upgraded)).toEqual({ ...unchanged, finished: ['w-2'] });
  });

  it.each<[string, NodeView, { readonly finished?: string[]; readonly outside?: string[] }]>([
    ['lost the label of the pool that was asked about', worker('w-2', '1.35.4'), { outside: ['w-2'] }],
    ['went to another pool', worker('w-2', '1.35.4', { labels: { pool: 'b' } }), { outside: ['w-2'] }],
    ['lost it and has reached the target', worker('w-2', '1.36.4'), { finished: ['w-2'] }],
    ['kept it and has reached the target', worker('w-2', '1.36.4', { labels: { pool: 'a' } }), { finished: ['w-2'] }],
  ])('tells a node that %s from one with nothing left to do', (_what, changed, told) => {
    const inPool = { labels: { pool: 'a' } };
    const nodes = [controlPlane('cp-1', '1.36.4'), worker('w-1', '1.35.4', inPool)];
    const inA = (nodesNow: readonly NodeView[]) =>
      planned(cluster(nodesNow), '1.36', undefined, { asks: { pool: 'a' } });
    const old = inA([...nodes, worker('w-2', '1.35.4', inPool)]);
    const drift = driftOf(old, inA([...nodes, changed]), [...nodes, changed]);
    expect(drift).toEqual({ changes: [], joined: [], gone: [], finished: [], outside: [], unfit: [], ...told });
  });

  it('is nothing where a node stands at a version on the way', () => {
    const chain = planned(cluster(NODES), 'latest');
    const onTheWay = cluster([controlPlane('cp-1', '1.36.4'), worker('w-1', '1.36.4'), worker('w-2', '1.35.4')]);
    expect(changesOf(chain, onTheWay, planned(onTheWay, 'latest'))).toEqual([]);
    const further = cluster([controlPlane('cp-1', '1.36.4'), worker('w-1', '1.36.4'), worker('w-2', '1.36.4')]);
    expect(changesOf(chain, further, planned(further, 'latest'))).toEqual([]);
  });

  it('is nothing where a newer patch came out for a version on the way', () => {
    const older = planned(cluster(NODES), 'latest', undefined, { via: [version('1.36.3')] });
    const via = older.hops.map(({ to }) => to);
    const now = planned(cluster(NODES), 'latest', undefined, { via });
    expect(now.hops.map(({ to }) => to)).toEqual([version('1.36.3'), version('1.37.2')]);
    expect(changesOf(older, cluster(NODES), now)).toEqual([]);
    expect(changesOf(older, cluster(NODES), planned(cluster(NODES), 'latest'))).not.toEqual([]);
  });

  it.each<[string, Plan, string[]]>([
    [
      'another cluster',
      planned(cluster(NODES.slice(0, 2), { uid: 'uid-other' })),
      ['This is another cluster: its UID is not the one that was approved.'],
    ],
    ['a new node', planned(cluster([...NODES, worker('w-3', '1.35.4')])), ['Node w-3 is new.']],
    [
      'a node that was replaced',
      planned(cluster(replaced('w-2', { uid: 'uid-other' }))),
      ['Node w-2 was replaced by another of the same name.'],
    ],
    [
      'a node that runs something unheard of',
      planned(cluster([...NODES.slice(0, 2), worker('w-2', '1.35.3')])),
      ['Node w-2 now runs v1.35.3, not v1.35.4.'],
    ],
    [
      'a node that can no longer take part',
      planned(cluster(replaced('w-2', { ready: 'False' }))),
      ['Node w-2 would now be left out: it is not Ready.'],
    ],
    [
      'a node that changed its role',
      planned(cluster([...NODES.slice(0, 2), controlPlane('w-2', '1.35.4')])),
      [
        'Node w-2 is now a control-plane node, not worker.',
        'Node w-2 would now also go through control-plane to v1.36.4.',
        'Node w-2 would now also go through kubelet to v1.36.4.',
      ],
    ],
    [
      'a control plane that runs something unheard of',
      planned(cluster(NODES, { components: staticPods('cp-1', '1.35.5') })),
      ['The control plane of cp-1 now runs v1.35.5, not v1.35.4.'],
    ],
    [
      'a control plane of which one static pod was moved',
      planned(
        cluster(NODES, {
          components: [component('kube-apiserver', 'cp-1', '1.35.5'), ...staticPods('cp-1', '1.35.4').slice(1)],
        }),
      ),
      ['The newest static pod of cp-1 now runs v1.35.5, not v1.35.4.'],
    ],
    [
      'another build of the same version',
      planned(cluster(replaced('w-2', { kubelet: version('1.35.4+k3s1') }))),
      ['Node w-2 now runs v1.35.4 (k3s1), not v1.35.4.'],
    ],
    [
      'other errors that kubeadm ignores',
      planned(cluster(NODES), 'next', undefined, {
        policy: { ...NO_POLICY, driver: { ...NO_POLICY.driver, ignorePreflightErrors: ['Swap'] } },
      }),
      ['The policy now has kubeadm ignore other preflight errors: Swap.'],
    ],
    [
      'other elastic pools',
      planned(cluster(NODES), 'next', undefined, { policy: elastic('spot') }),
      ['The policy now calls other pools elastic.'],
    ],
    ['another target', planned(cluster(NODES), '1.36.3'), ['The target would now be v1.36.3, not v1.36.4.']],
    [
      'fewer kinds of nodes',
      planned(cluster(NODES), 'next', 'control-plane'),
      ['The plan now covers other kinds of nodes.'],
    ],
  ])('is %s', (_what, now, changes) => {
    expect(changesOf(APPROVED, cluster(NODES), now)).toEqual(changes);
  });

  it('is not the order in which options and elastic pools are written', () => {
    const select = (...matchExpressions: Requirement[]) => ({ matchLabels: {}, matchExpressions });
    const zones = (values: string[]): Requirement => ({ key: 'zone', operator: 'In', values });
    const spot: Requirement = { key: 'pool', operator: 'Exists', values: [] };
    const written = (nodes: NodeView[], elasticPools: LabelSelector[], podSelector: LabelSelector) =>
      planned(cluster(nodes), 'next', undefined, {
        policy: { ...NO_POLICY, elasticPools },
        asks: { drain: { podSelector, force: true } },
      });
    const old = written(NODES, [select(spot), select(spot, zones(['a', 'b']))], select(spot, zones(['c', 'd'])));
    const now = written(
      NODES.slice(0, 2),
      [select(zones(['b', 'a']), spot), select(spot)],
      select(zones(['d', 'c']), spot),
    );
    expect(driftOf(old, now, NODES.slice(0, 2))).toMatchObject({ changes: [], gone: ['w-2'] });
  });

  it('is a node that was left out and is back', () => {
    const without = planned(cluster(replaced('w-2', { ready: 'False' })));
    expect(changesOf(without, cluster(NODES), APPROVED)).toEqual(['Node w-2 was left out and can now take part.']);
  });

  it('is work that the approved plan does not have', () => {
    const done = planned(cluster(NODES, { components: staticPods('cp-1', '1.36.4') }));
    expect(changesOf(done, cluster(NODES), APPROVED)).toEqual([
      'The control plane of cp-1 now runs v1.35.4, not v1.36.4.',
      'Node cp-1 would now also go through control-plane to v1.36.4.',
    ]);
  });
});

describe('a node of an elastic pool', () => {
  const policy = elastic('spot');
  const SPOT = { labels: { pool: 'spot' } };
  const approved = planned(cluster(NODES), 'latest', undefined, { policy });
  const look = (...more: readonly NodeView[]) => {
    const nodes = [...NODES, ...more];
    return driftOf(approved, planned(cluster(nodes), 'latest', undefined, { policy }), nodes);
  };

  it('joins, and voids nothing', () => {
    expect(look(worker('w-3', '1.35.4', SPOT))).toEqual({
      changes: [],
      joined: [{ node: 'w-3', uid: 'uid-w-3' }],
      gone: [],
      finished: [],
      outside: [],
      unfit: [],
    });
  });

  it('joins only what is left to do, where it is ahead of the others', () => {
    expect(look(worker('w-3', '1.35.9', SPOT)).changes).toEqual([]);
  });

  it('joins in the place of one that had the same name', () => {
    const nodes = replaced('w-2', { uid: 'uid-other', ...SPOT });
    expect(driftOf(approved, planned(cluster(nodes), 'latest', undefined, { policy }), nodes)).toEqual({
      changes: [],
      joined: [{ node: 'w-2', uid: 'uid-other' }],
      gone: ['w-2'],
      finished: [],
      outside: [],
      unfit: [],
    });
  });

  it.each(['False', 'Unknown'] as const)(
    'is left out where it cannot take part (Ready: %s), and voids nothing',
    ready => {
      const both = [...NODES, worker('w-3', '1.35.4', SPOT), worker('w-4', '1.35.4', SPOT)];
      const old = planned(cluster(both), 'latest', undefined, { policy });
      const nodes = both.map(node => (node.name === 'w-3' ? { ...node, ready } : node));
      const now = planned(cluster(nodes), 'latest', undefined, { policy });
      const nothing = { changes: [], joined: [], gone: [], finished: [], outside: [], unfit: [] };
      expect(driftOf(old, now, nodes)).toEqual({ ...nothing, unfit: ['w-3'] });
      // Back again, it has the place that it was approved for.
      expect(driftOf(old, planned(cluster(both), 'latest', undefined, { policy }), both)).toEqual(nothing);
    },
  );

  it('joins where it could not take part when the plan was made', () => {
    const away = [...NODES, worker('w-3', '1.35.4', { ...SPOT, ready: 'False' })];
    const old = planned(cluster(away), 'latest', undefined, { policy });
    const nodes = [...NODES, worker('w-3', '1.35.4', SPOT)];
    const drift = driftOf(old, planned(cluster(nodes), 'latest', undefined, { policy }), nodes);
    expect(drift).toMatchObject({ changes: [], joined: [{ node: 'w-3', uid: 'uid-w-3' }] });
  });

  it.each<[string, NodeView, string]>([
    ['another pool', worker('w-3', '1.35.4', { labels: { pool: 'base' } }), 'Node w-3 is new.'],
    ['no pool', worker('w-3', '1.35.4'), 'Node w-3 is new.'],
    ['the control plane', controlPlane('cp-2', '1.35.4', SPOT), 'Node cp-2 is new.'],
    ['an older version than the plan begins with', worker('w-3', '1.34.4', SPOT), 'Node w-3 is new.'],
  ])('voids the approval where it is of %s', (_what, node, sentence) => {
    expect(look(node).changes).toContain(sentence);
  });
});
