import * as fc from 'fast-check';
import type { ClusterSnapshot, NodeView } from '../../../src/cluster/snapshot.ts';
import { describeChanges, digestOf } from '../../../src/plan/digest.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { budget, cluster, controlPlane, planned, pod, staticPods, worker } from './cluster-builder.ts';

const NODES = [controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];
const APPROVED = planned(cluster(NODES));

function replaced(name: string, change: Partial<NodeView>): NodeView[] {
  return NODES.map(node => (node.name === name ? { ...node, ...change } : node));
}

describe('the digest', () => {
  it('is a SHA-256 that the plan carries and that whoever reads it can compute again', () => {
    expect(APPROVED.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf(APPROVED)).toBe(APPROVED.digest);
    expect(digestOf(JSON.parse(JSON.stringify(APPROVED)) as Plan)).toBe(APPROVED.digest);
  });

  it.each<[string, ClusterSnapshot]>([
    ['the order in which the API lists nodes', cluster(NODES.toReversed())],
    [
      'pods, budgets and what is found about them',
      cluster(NODES, { pods: [pod('bare', 'w-1', { controller: undefined })], budgets: [budget('web')] }),
    ],
    [
      'the order of nodes that pods cause',
      cluster(NODES, { pods: [pod('own', 'w-1', { labels: { 'app.kubernetes.io/part-of': 'capstan' } })] }),
    ],
    ['a cordon', cluster(replaced('w-2', { unschedulable: true }))],
    ['the time and name of the look', cluster(NODES, { takenAt: 1, name: 'other' })],
    [
      'labels and taints',
      cluster(replaced('w-1', { labels: { zone: 'a' }, taints: [{ key: 'a', value: '', effect: 'NoSchedule' }] })),
    ],
  ])('is blind to %s', (_what, snapshot) => {
    expect(planned(snapshot).digest).toBe(APPROVED.digest);
  });

  it.each<[string, Plan]>([
    ['the cluster', planned(cluster(NODES, { uid: 'uid-other' }))],
    ['the target', planned(cluster(NODES), '1.36.3')],
    ['the chain', planned(cluster(NODES), 'latest')],
    ['the kinds of nodes', planned(cluster(NODES), 'next', 'control-plane')],
    ['a node that is new', planned(cluster([...NODES, worker('w-3', '1.35.4')]))],
    ['a node that has gone', planned(cluster(NODES.slice(0, 2)))],
    ['a node of the same name', planned(cluster(replaced('w-2', { uid: 'uid-other' })))],
    ['the version of a node', planned(cluster([...NODES.slice(0, 2), worker('w-2', '1.35.3')]))],
    ['the role of a node', planned(cluster([...NODES.slice(0, 2), controlPlane('w-2', '1.35.4')]))],
    ['the work that is left', planned(cluster(NODES, { components: staticPods('cp-1', '1.36.4') }))],
  ])('tells %s', (_what, plan) => {
    expect(plan.digest).not.toBe(APPROVED.digest);
  });

  it('tells apart any two plans that differ in what is approved', () => {
    const size = fc.record({
      workers: fc.integer({ min: 1, max: 4 }),
      minor: fc.constantFrom(34, 35),
      patch: fc.nat(4),
    });
    const plan = ({ workers, minor, patch }: { workers: number; minor: number; patch: number }) =>
      planned(
        cluster([
          controlPlane('cp-1', `1.${minor}.${patch}`),
          ...Array.from({ length: workers }, (_, index) => worker(`w-${index}`, `1.${minor}.${patch}`)),
        ]),
      );
    fc.assert(
      fc.property(size, size, (a, b) => {
        expect(plan(a).digest === plan(b).digest).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });
});

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

describe('what makes an approval void', () => {
  it('is told whenever there would be work that nobody approved', () => {
    fc.assert(
      fc.property(moment, moment, (then, later) => {
        const old = planned(then);
        const now = planned(later);
        const approved = new Set(worksOf(old));
        const more = worksOf(now).filter(work => !approved.has(work));
        if (more.length > 0) expect(describeChanges(old, now)).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing where nothing has changed', () => {
    expect(describeChanges(APPROVED, planned(cluster(NODES)))).toEqual([]);
  });

  it.each<[string, readonly NodeView[]]>([
    ['vanished', NODES.slice(0, 2)],
    ['reached the target', [...NODES.slice(0, 2), worker('w-2', '1.36.4')]],
  ])('is nothing where a node has %s', (_what, nodes) => {
    expect(describeChanges(APPROVED, planned(cluster(nodes)))).toEqual([]);
  });

  it('is nothing where a node stands at a version on the way', () => {
    const chain = planned(cluster(NODES), 'latest');
    const onTheWay = cluster([controlPlane('cp-1', '1.36.4'), worker('w-1', '1.36.4'), worker('w-2', '1.35.4')]);
    expect(describeChanges(chain, planned(onTheWay, 'latest'))).toEqual([]);
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
      ],
    ],
    ['another target', planned(cluster(NODES), '1.36.3'), ['The target would now be v1.36.3, not v1.36.4.']],
    [
      'fewer kinds of nodes',
      planned(cluster(NODES), 'next', 'control-plane'),
      ['The plan now covers other kinds of nodes.'],
    ],
  ])('is %s', (_what, now, changes) => {
    expect(describeChanges(APPROVED, now)).toEqual(changes);
  });

  it('is a node that was left out and is back', () => {
    const without = planned(cluster(replaced('w-2', { ready: 'False' })));
    expect(describeChanges(without, APPROVED)).toEqual(['Node w-2 was left out and can now take part.']);
  });

  it('is work that the approved plan does not have', () => {
    const done = planned(cluster(NODES, { components: staticPods('cp-1', '1.36.4') }));
    expect(describeChanges(done, APPROVED)).toEqual(['Node cp-1 would now also go through control-plane to v1.36.4.']);
  });
});
