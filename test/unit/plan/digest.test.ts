import * as fc from 'fast-check';
import type { LabelSelector, Requirement } from '../../../src/cluster/selector.ts';
import type { ClusterSnapshot, NodeView } from '../../../src/cluster/snapshot.ts';
import { digestOf } from '../../../src/plan/digest.ts';
import type { Hop, Pass, Plan, PlannedNode } from '../../../src/plan/plan.ts';
import type { PlanRequest } from '../../../src/plan/request.ts';
import type { PlanPolicy } from '../../../src/policy/policy.ts';
import { NO_POLICY } from '../../../src/policy/settings.ts';
import { budget, cluster, controlPlane, plan, planned, pod, staticPods, version, worker } from './cluster-builder.ts';
import { aShape, snapshotOf } from './random-clusters.ts';

const NODES = [controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];
const APPROVED = planned(cluster(NODES));

function ignoring(...ignorePreflightErrors: string[]): PlanPolicy {
  return { ...NO_POLICY, driver: { ...NO_POLICY.driver, ignorePreflightErrors } };
}

function elastic(matchLabels: Readonly<Record<string, string>>): PlanPolicy {
  return { ...NO_POLICY, elasticPools: [{ matchLabels, matchExpressions: [] }] };
}

function replaced(name: string, change: Partial<NodeView>): NodeView[] {
  return NODES.map(node => (node.name === name ? { ...node, ...change } : node));
}

function inPool(node: NodeView): NodeView {
  return { ...node, labels: { pool: 'blue' } };
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
    ['the version of a control plane', planned(cluster(NODES, { components: staticPods('cp-1', '1.35.5') }))],
    ['who built what a node runs', planned(cluster(replaced('w-2', { kubelet: version('1.35.4+k3s1') })))],
    ['a pool', planned(cluster(NODES.map(inPool)), 'next', undefined, { asks: { pool: 'blue' } })],
    ['that nodes were named', planned(cluster(NODES), 'next', undefined, { asks: { nodes: ['cp-1', 'w-1', 'w-2'] } })],
    ['that kubelets may skip hops', planned(cluster(NODES), 'next', undefined, { asks: { fewestDrains: true } })],
    ['how nodes are drained', planned(cluster(NODES), 'next', undefined, { asks: { drain: { force: true } } })],
    ['what kubeadm ignores', planned(cluster(NODES), 'next', undefined, { policy: ignoring('Swap') })],
    ['elastic pools', planned(cluster(NODES), 'next', undefined, { policy: elastic({ pool: 'spot' }) })],
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

/** What stands in a plan and is no part of what people approve. */
const UNCOVERED: readonly ((plan: Plan) => Plan)[] = [
  made => ({ ...made, id: 'other', requestedBy: 'UBOB', createdAt: 1, expiresAt: 2, digest: '' }),
  made => ({ ...made, cluster: { ...made.cluster, name: 'renamed' } }),
  made => ({ ...made, request: { ...made.request, target: { kind: 'version', version: made.to } } }),
  made => ({ ...made, findings: [{ code: 'X', severity: 'block', sentence: 'No.', remedy: '' }] }),
  made => ({ ...made, estimate: { seconds: 1, basis: 'none', parts: [] } }),
  made => ({ ...made, excluded: [...made.excluded, { node: 'w-99', why: 'it is not Ready' }] }),
  made => withPasses(made, pass => ({ ...pass, nodes: pass.nodes.toReversed() })),
  made => withNodes(made, node => ({ ...node, kubeadm: undefined })),
  made => turned(made) as Plan,
  made => JSON.parse(JSON.stringify(made)) as Plan,
];

/** Each changes something that people approve, in a place of its own. */
const COVERED: readonly ((plan: Plan) => Plan)[] = [
  made => ({ ...made, cluster: { ...made.cluster, uid: `${made.cluster.uid}-2` } }),
  made => asking(made, { only: made.request.only === 'workers' ? 'control-plane' : 'workers' }),
  made => asking(made, { pool: `${made.request.pool}-2` }),
  made => asking(made, { nodes: [...(made.request.nodes ?? []), 'w-99'] }),
  made => asking(made, { drain: { graceSeconds: (made.request.drain?.graceSeconds ?? 0) + 1 } }),
  made => asking(made, { drain: { ...made.request.drain, force: made.request.drain?.force !== true } }),
  made => asking(made, { fewestDrains: made.request.fewestDrains !== true }),
  made => ({
    ...made,
    driver: { ...made.driver, ignorePreflightErrors: [...made.driver.ignorePreflightErrors, 'Swap'] },
  }),
  made => ({ ...made, elasticPools: [...made.elasticPools, { matchLabels: { a: 'b' }, matchExpressions: [] }] }),
  made => withFirst(made, hop => ({ ...hop, from: { ...hop.from, patch: hop.from.patch + 1 } })),
  made => withFirst(made, hop => ({ ...hop, to: { ...hop.to, patch: hop.to.patch + 1 } })),
  made => ({ ...made, hops: made.hops.slice(1) }),
  made => withFirst(made, hop => ({ ...hop, stages: hop.stages.slice(1) })),
  made => withPasses(made, pass => ({ ...pass, phase: pass.phase === 'kubelet' ? 'config' : 'kubelet' })),
  made => withPasses(made, pass => ({ ...pass, nodes: pass.nodes.slice(1) })),
  made => withNodes(made, node => ({ ...node, name: `${node.name}-2` })),
  made => withNodes(made, node => ({ ...node, uid: `${node.uid}-2` })),
  made => withNodes(made, node => ({ ...node, role: node.role === 'worker' ? 'control-plane' : 'worker' })),
  made => withNodes(made, node => ({ ...node, version: { ...node.version, patch: node.version.patch + 1 } })),
  made => withNodes(made, node => ({ ...node, version: { ...node.version, vendor: `${node.version.vendor}2` } })),
  made => withNodes(made, node => ({ ...node, controlPlane: { ...made.to, minor: made.to.minor + 7 } })),
  made => withNodes(made, node => ({ ...node, ahead: { ...made.to, minor: made.to.minor + 7 } })),
];

describe('the digest of any plan', () => {
  it('changes with every part that it covers, and with no other', () => {
    let plans = 0;
    fc.assert(
      fc.property(aShape, each => {
        const { asked, only, asks } = each;
        const result = plan(snapshotOf(each), asked, only, { asks });
        if (result.kind !== 'plan') return;
        plans += 1;
        const { plan: made } = result;
        for (const [place, change] of UNCOVERED.entries()) {
          expect([place, digestOf(change(made))]).toEqual([place, made.digest]);
        }
        const others = COVERED.map(change => digestOf(change(made)));
        expect(others).not.toContain(made.digest);
      }),
      { numRuns: 300 },
    );
    expect(plans).toBeGreaterThan(50);
  });

  it('does not tell in which order a pod, a node or a component was listed', () => {
    fc.assert(
      fc.property(aShape, fc.infiniteStream(fc.nat(1_000)), (each, dice) => {
        const snapshot = snapshotOf(each);
        const shuffled = <T>(list: readonly T[]) =>
          list
            .map(item => ({ item, at: dice.next().value }))
            .sort((a, b) => a.at - b.at)
            .map(({ item }) => item);
        const { nodes, components, pods } = snapshot;
        const listed = { ...snapshot, nodes: shuffled(nodes), components: shuffled(components), pods: shuffled(pods) };
        const { asked, only, asks } = each;
        expect(plan(listed, asked, only, { asks })).toEqual(plan(snapshot, asked, only, { asks }));
      }),
      { numRuns: 200 },
    );
  });
});

/** Small enough for equal ones to be frequent. */
const aRequirement: fc.Arbitrary<Requirement> = fc.record({
  key: fc.constantFrom('pool', 'zone'),
  operator: fc.constantFrom('In', 'NotIn'),
  values: fc.subarray(['a', 'b'], { minLength: 1 }),
} as const);
const aSelector: fc.Arbitrary<LabelSelector> = fc.record({
  matchLabels: fc.constantFrom({}, { tier: 'web' }, { tier: 'web', app: 'shop' }, { app: 'shop', tier: 'web' }),
  matchExpressions: fc.array(aRequirement, { maxLength: 2 }),
});
const someOptions = fc.record({
  nodes: fc.option(fc.subarray(['cp-1', 'w-1', 'w-2'], { minLength: 1 }), { nil: undefined }),
  ignored: fc.subarray(['Swap', 'Mem']),
  pools: fc.array(aSelector, { maxLength: 2 }),
  drain: fc.record({
    force: fc.boolean(),
    order: fc.constantFrom('together', 'priority'),
    podSelector: aSelector,
  } as const),
});
type Options = typeof someOptions extends fc.Arbitrary<infer T> ? T : never;

function planWith({ nodes, ignored, pools, drain }: Options): Plan {
  const request = { ...APPROVED.request, drain, ...(nodes ? { nodes } : {}) };
  return { ...APPROVED, request, driver: { kind: 'kubeadm', ignorePreflightErrors: ignored }, elasticPools: pools };
}

/** What the options mean: lists are sets, and so are objects. */
function meaning(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(meaning))].sort().join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'nothing';
  return meaning(Object.entries(value).map(([key, part]) => `${key}: ${meaning(part)}`));
}

describe('the digest of any options', () => {
  it('is the same exactly where they mean the same, whatever the order in which they were written', () => {
    fc.assert(
      fc.property(someOptions, someOptions, (a, b) => {
        expect(digestOf(planWith(a)) === digestOf(planWith(b))).toBe(meaning(a) === meaning(b));
        expect(digestOf(planWith(turnedOver(a) as Options))).toBe(digestOf(planWith(a)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is another where one of them is, and all else stays', () => {
    fc.assert(
      fc.property(someOptions, someOptions, (a, b) => {
        for (const key of Object.keys(a) as (keyof Options)[]) {
          const one = { ...a, [key]: b[key] };
          expect(digestOf(planWith(one)) === digestOf(planWith(a))).toBe(meaning(a[key]) === meaning(b[key]));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The same, with every list and every object the other way round. */
function turnedOver(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedOver).toReversed();
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, part]) => [key, turnedOver(part)])
      .toReversed(),
  );
}

function asking(made: Plan, more: Partial<PlanRequest>): Plan {
  return { ...made, request: { ...made.request, ...more } };
}

function withFirst(made: Plan, change: (hop: Hop) => Hop): Plan {
  return { ...made, hops: made.hops.map((hop, place) => (place === 0 ? change(hop) : hop)) };
}

function withPasses(made: Plan, change: (pass: Pass) => Pass): Plan {
  const hops = made.hops.map(hop => ({
    ...hop,
    stages: hop.stages.map(stage => ({ ...stage, passes: stage.passes.map(change) })),
  }));
  return { ...made, hops };
}

function withNodes(made: Plan, change: (node: PlannedNode) => PlannedNode): Plan {
  return withPasses(made, pass => ({ ...pass, nodes: pass.nodes.map(change) }));
}

/** The same, with the keys of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, turned(part)]),
  );
}
