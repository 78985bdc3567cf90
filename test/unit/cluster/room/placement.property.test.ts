import * as fc from 'fast-check';
import { add, fits, NO_RESOURCES, type Resources } from '../../../../src/cluster/resources.ts';
import { placeIn } from '../../../../src/cluster/room/placement.ts';
import { matchesAffinity, matchesSelector } from '../../../../src/cluster/selector.ts';
import type { NodeView, PodView, Taint } from '../../../../src/cluster/snapshot.ts';
import { tolerates } from '../../../../src/cluster/taints.ts';
import { generateCluster } from '../../../support/generated-cluster.ts';
import { pod, worker } from '../../plan/cluster-builder.ts';

const ZONE = 'zone';
const HOST = 'kubernetes.io/hostname';
const TAINTS: readonly Taint[] = [
  { key: 'gpu', value: '', effect: 'NoSchedule' },
  { key: 'old', value: 'yes', effect: 'NoExecute' },
  { key: 'spot', value: '', effect: 'PreferNoSchedule' },
];

const amounts = fc.record({
  cpuMilli: fc.constantFrom(0, 100, 300, 500),
  memoryBytes: fc.constantFrom(0, 100, 300, 500),
  pods: fc.constant(1),
  others: fc.option(fc.constant({ gpu: 1 }), { nil: undefined, freq: 6 }),
});

const nodeShape = fc.record({
  zone: fc.constantFrom('a', 'b', undefined),
  taints: fc.subarray([...TAINTS], { maxLength: 1 }),
  allocatable: fc.record({
    cpuMilli: fc.constantFrom(500, 1_000, 2_000),
    memoryBytes: fc.constantFrom(500, 1_000, 2_000),
    pods: fc.constantFrom(2, 5, 20),
    others: fc.option(fc.constant({ gpu: 2 }), { nil: undefined }),
  }),
  state: fc.constantFrom('fine', 'fine', 'fine', 'fine', 'cordoned', 'down'),
});

/** Several pods that are alike. */
const workloadShape = fc.record({
  requests: amounts,
  tolerates: fc.subarray([...TAINTS]),
  zone: fc.constantFrom(undefined, undefined, 'a', 'b'),
  affinity: fc.constantFrom(undefined, undefined, 'in', 'not-in', 'host'),
  apart: fc.constantFrom(undefined, undefined, HOST, ZONE),
  ports: fc.subarray(['TCP 80', 'TCP 81'], { maxLength: 1 }),
  /** Where each of its pods runs, by the number of the node. */
  on: fc.array(fc.nat(7), { minLength: 1, maxLength: 5 }),
  moves: fc.boolean(),
});

const world = fc.record({
  nodes: fc.array(nodeShape, { minLength: 1, maxLength: 8 }),
  workloads: fc.array(workloadShape, { maxLength: 6 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function nodesOf({ nodes }: World): NodeView[] {
  return nodes.map(({ zone, taints, allocatable, state }, place) =>
    worker(`n-${place}`, '1.36.2', {
      labels: { [HOST]: `n-${place}`, ...(zone === undefined ? {} : { [ZONE]: zone }) },
      taints,
      allocatable,
      unschedulable: state === 'cordoned',
      ready: state === 'down' ? 'False' : 'True',
    }),
  );
}

function podsOf({ nodes, workloads }: World): PodView[] {
  return workloads.flatMap((each, number) =>
    each.on.map((on, place) =>
      pod(`${each.moves ? 'm' : 's'}-${number}-${place}`, `n-${on % nodes.length}`, {
        labels: { app: `app-${number}` },
        requests: each.requests,
        tolerations: each.tolerates.map(({ key, value, effect }) => ({ key, value, effect, operator: 'Equal' })),
        nodeSelector: each.zone === undefined ? {} : { [ZONE]: each.zone },
        nodeAffinity: affinityOf(each.affinity),
        antiAffinity: each.apart ? [apartFrom(`app-${number}`, each.apart)] : [],
        hostPorts: each.ports,
      }),
    ),
  );
}

function affinityOf(kind: World['workloads'][number]['affinity']): PodView['nodeAffinity'] {
  switch (kind) {
    case undefined:
      return [];
    case 'in':
      return [{ labels: [{ key: ZONE, operator: 'In', values: ['a', 'b'] }], fields: [] }];
    case 'not-in':
      return [{ labels: [{ key: HOST, operator: 'NotIn', values: ['n-0', 'n-1'] }], fields: [] }];
    case 'host':
      return [{ labels: [{ key: HOST, operator: 'In', values: ['n-0', 'n-2', 'n-4'] }], fields: [] }];
  }
}

function apartFrom(app: string, topologyKey: string): PodView['antiAffinity'][number] {
  return { selector: { matchLabels: { app }, matchExpressions: [] }, namespaces: ['default'], topologyKey };
}

const moves = ({ name }: PodView) => name.startsWith('m-');
const fateOf = (each: PodView) => (moves(each) ? 'moves' : 'stays');

/** By the words of the documentation: whether the node, with these pods on it, and the others on theirs, takes the pod. */
function admits(
  node: NodeView,
  mine: PodView,
  there: ReadonlyMap<string, readonly PodView[]>,
  nodes: readonly NodeView[],
) {
  const here = there.get(node.name) ?? [];
  const avoids = (a: PodView, b: PodView, on: NodeView) =>
    a.antiAffinity.some(
      ({ selector, topologyKey }) =>
        matchesSelector(selector, b.labels) &&
        node.labels[topologyKey] !== undefined &&
        node.labels[topologyKey] === on.labels[topologyKey],
    );
  return (
    node.taints.every(taint => taint.effect === 'PreferNoSchedule' || tolerates(mine.tolerations, taint)) &&
    Object.entries(mine.nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    matchesAffinity(mine.nodeAffinity, node.name, node.labels) &&
    fits(mine.requests, subtractAll(node.allocatable, here)) &&
    here.every(other => other.hostPorts.every(port => !mine.hostPorts.includes(port))) &&
    nodes.every(on => (there.get(on.name) ?? []).every(other => !avoids(mine, other, on) && !avoids(other, mine, on)))
  );
}

function subtractAll({ others, ...allocatable }: Resources, pods: readonly PodView[]): Resources {
  const used = pods.map(({ requests }) => requests).reduce(add, NO_RESOURCES);
  return {
    cpuMilli: allocatable.cpuMilli - used.cpuMilli,
    memoryBytes: allocatable.memoryBytes - used.memoryBytes,
    pods: allocatable.pods - used.pods,
    others: { gpu: (others?.gpu ?? 0) - (used.others?.gpu ?? 0) },
  };
}

function everybody(settled: ReadonlyMap<string, readonly PodView[]>, pods: readonly PodView[]) {
  const there = new Map([...settled].map(([name, residents]) => [name, [...residents]]));
  for (const each of pods) if (!moves(each)) there.get(each.node ?? '')?.push(each);
  return there;
}

const RUNS = { numRuns: 400 };

describe('any drain', () => {
  it('moves pods only where everything about the node and its pods allows it', () => {
    fc.assert(
      fc.property(world, each => {
        const [nodes, pods] = [nodesOf(each), podsOf(each)];
        const placement = placeIn({ nodes, pods, volumes: [] }, fateOf);
        for (const { name: drained } of nodes) {
          placement.drain([drained]);
          const there = everybody(placement.settled(), pods);
          for (const node of nodes) {
            for (const moved of (there.get(node.name) ?? []).filter(({ node: was }) => was !== node.name)) {
              const without = new Map([...there].map(([name, all]) => [name, all.filter(other => other !== moved)]));
              expect([moved.name, node.name, admits(node, moved, without, nodes)]).toEqual([
                moved.name,
                node.name,
                true,
              ]);
            }
          }
        }
      }),
      RUNS,
    );
  });

  it('leaves a pod without a place only where no open node takes it', () => {
    let left = 0;
    fc.assert(
      fc.property(world, fc.nat(7), (each, place) => {
        // Cordoned by people, the drained node does not come back, so that what is seen afterwards is how it was then.
        const nodes = nodesOf(each).map((node, index, { length }) =>
          index === place % length ? { ...node, unschedulable: true } : node,
        );
        const pods = podsOf(each);
        const placement = placeIn({ nodes, pods, volumes: [] }, fateOf);
        const homeless = placement.drain([`n-${place % nodes.length}`]);
        const there = everybody(placement.settled(), pods);
        const open = nodes.filter(({ ready, unschedulable }) => ready === 'True' && !unschedulable);
        left += homeless.length;
        for (const { pod: stuck } of homeless) {
          expect(open.filter(node => admits(node, stuck, there, nodes)).map(({ name }) => name)).toEqual([]);
        }
      }),
      RUNS,
    );
    expect(left).toBeGreaterThan(100);
  });

  it('goes as it would have gone, whoever asked before how it could', () => {
    let stuck = 0;
    fc.assert(
      fc.property(world, each => {
        const [nodes, pods] = [nodesOf(each), podsOf(each)];
        const [asked, unasked] = [
          placeIn({ nodes, pods, volumes: [] }, fateOf),
          placeIn({ nodes, pods, volumes: [] }, fateOf),
        ];
        for (const { name: drained } of nodes) {
          for (const app of ['app-0', 'app-1']) {
            const { worst, best } = asked.outlook(drained, ({ labels }) => labels.app === app);
            stuck += worst.length;
            expect(worst.length > 0 || best.length === 0).toBe(true);
          }
          expect(asked.drain([drained])).toEqual(unasked.drain([drained]));
        }
        const names = (placement: typeof asked) =>
          [...placement.settled()].map(([name, there]) => [name, there.map(({ name: of }) => of).sort()]);
        expect(names(asked)).toEqual(names(unasked));
      }),
      RUNS,
    );
    expect(stuck).toBeGreaterThan(100);
  });

  it('loses and doubles no pod', () => {
    fc.assert(
      fc.property(world, each => {
        const [nodes, pods] = [nodesOf(each), podsOf(each)];
        const placement = placeIn({ nodes, pods, volumes: [] }, fateOf);
        const missing = nodes.flatMap(({ name }) => placement.drain([name])).map(({ pod: { name } }) => name);
        const settled = [...placement.settled().values()].flat().map(({ name }) => name);
        expect(new Set(settled).size).toBe(settled.length);
        expect(new Set([...settled, ...missing])).toEqual(new Set(pods.filter(moves).map(({ name }) => name)));
      }),
      RUNS,
    );
  });

  it('leaves nobody without a place where there is room without end', () => {
    const VAST = { cpuMilli: 1e9, memoryBytes: 1e15, pods: 1e6, others: { gpu: 1e6 } };
    fc.assert(
      fc.property(world, each => {
        const plain = podsOf(each).map(view => ({
          ...view,
          nodeSelector: {},
          nodeAffinity: [],
          antiAffinity: [],
          hostPorts: [],
        }));
        const nodes = [
          ...nodesOf(each),
          worker('vast-1', '1.36.2', { allocatable: VAST }),
          worker('vast-2', '1.36.2', { allocatable: VAST }),
        ];
        const placement = placeIn({ nodes, pods: plain, volumes: [] }, fateOf);
        expect(nodes.flatMap(({ name }) => placement.drain([name]))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('is the same whatever the order in which the API lists things, and whether views share their parts or not', () => {
    fc.assert(
      fc.property(world, each => {
        const [nodes, pods] = [nodesOf(each), podsOf(each)];
        const drains = (views: readonly NodeView[], all: readonly PodView[]) => {
          const placement = placeIn({ nodes: views, pods: all, volumes: [] }, fateOf);
          return nodes
            .flatMap(({ name }) => placement.drain([name]))
            .map(({ pod: { name }, node, scarce }) => ({ name, node, scarce }));
        };
        const expected = drains(nodes, pods);
        expect(drains(nodes.toReversed(), pods.toReversed())).toEqual(expected);
        expect(drains(nodes, structuredClone(pods))).toEqual(expected);
      }),
      RUNS,
    );
  });
});

describe('the drains of a generated cluster', () => {
  it.each([1, 2, 3])('stay within every node (seed %d)', seed => {
    const snapshot = generateCluster({ nodes: 90, podsPerNode: 25, seed });
    const evictable = ({ controller }: PodView) => controller?.kind !== 'DaemonSet';
    const placement = placeIn(snapshot, each => (evictable(each) ? 'moves' : 'stays'));
    for (const { name } of snapshot.nodes) placement.drain([name]);
    const there = new Map([...placement.settled()].map(([name, pods]) => [name, [...pods]]));
    for (const each of snapshot.pods) if (!evictable(each)) there.get(each.node ?? '')?.push(each);
    for (const { name, allocatable } of snapshot.nodes) {
      const used = (there.get(name) ?? []).map(({ requests }) => requests).reduce(add, NO_RESOURCES);
      expect([name, fits(used, allocatable)]).toEqual([name, true]);
    }
  });
});
