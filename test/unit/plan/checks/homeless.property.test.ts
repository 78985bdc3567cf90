import * as fc from 'fast-check';
import { placeIn } from '../../../../src/cluster/room/placement.ts';
import { matchesAffinity, type NodeAffinityTerm } from '../../../../src/cluster/selector.ts';
import type { NodeView, PodView, VolumeView } from '../../../../src/cluster/snapshot.ts';
import { budget, cluster, controlPlane, pod, worker } from '../cluster-builder.ts';
import { findingsOf } from './found.ts';

const HOST = 'kubernetes.io/hostname';
const ZONES = ['a', 'b'] as const;
/** Those that carry pods: few enough to be named by a finding one by one. */
const NAMES = ['w-0', 'w-1', 'w-2', 'w-3'];
const TOLD = ['NO_ROOM', 'NO_ROOM_UNDER_PDB', 'CAPSTAN_STRANDED', 'VOLUME_ON_NODE'];

const nodeShape = fc.record({
  zone: fc.constantFrom(...ZONES),
  state: fc.constantFrom('fine', 'fine', 'fine', 'cordoned', 'tainted'),
  cpuMilli: fc.constantFrom(100, 1_000, 4_000),
});

/** Where a volume can be mounted, or a pod may run. */
const bounds = fc.oneof(
  fc.constantFrom(...ZONES).map(zone => terms('zone', zone)),
  fc.subarray(NAMES, { minLength: 1 }).map(names => terms(HOST, ...names)),
  fc
    .constantFrom(...NAMES)
    .map(name => [{ labels: [], fields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }]),
) as fc.Arbitrary<NodeAffinityTerm[]>;

const podShape = fc.record({
  on: fc.nat(NAMES.length - 1),
  cpuMilli: fc.constantFrom(0, 100, 900),
  volumes: fc.array(bounds, { maxLength: 2 }),
  pin: fc.constantFrom(undefined, undefined, 'host', 'name', 'zone'),
  guarded: fc.boolean(),
});

const world = fc.record({
  nodes: fc.array(nodeShape, { minLength: NAMES.length, maxLength: NAMES.length }),
  /** Above 64 names of hosts, nodes are looked at one by one. */
  crowd: fc.constantFrom(0, 70),
  pods: fc.array(podShape, { minLength: 1, maxLength: 5 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function terms(key: string, ...values: string[]): NodeAffinityTerm[] {
  return [{ labels: [{ key, operator: 'In', values }], fields: [] }];
}

function nodesOf({ nodes, crowd }: World): NodeView[] {
  const shaped = nodes.map(({ zone, state, cpuMilli }, place) =>
    worker(`w-${place}`, '1.35.4', {
      labels: { [HOST]: `w-${place}`, zone },
      unschedulable: state === 'cordoned',
      taints: state === 'tainted' ? [{ key: 'gpu', value: '', effect: 'NoSchedule' }] : [],
      allocatable: { cpuMilli, memoryBytes: 2 ** 34, pods: 110 },
    }),
  );
  const others = Array.from({ length: crowd }, (_, place) =>
    worker(`x-${place}`, '1.35.4', { labels: { [HOST]: `x-${place}`, zone: 'x' }, unschedulable: true }),
  );
  return [controlPlane('cp-0', '1.35.4'), ...shaped, ...others];
}

function podsOf({ nodes, pods }: World): { readonly pods: PodView[]; readonly volumes: VolumeView[] } {
  const volumes: VolumeView[] = [];
  const views = pods.map(({ on, cpuMilli, volumes: mounts, pin, guarded }, number) => {
    const claims = mounts.map((nodeAffinity, place) => {
      const claim = `data-${number}-${place}`;
      volumes.push({ name: `pv-${number}-${place}`, claim: `default/${claim}`, hostPath: false, nodeAffinity });
      return claim;
    });
    const zone = nodes[on]?.zone ?? '';
    return pod(`pod-${number}`, `w-${on}`, {
      labels: { app: guarded ? 'web' : 'other' },
      claims,
      requests: { cpuMilli, memoryBytes: 0, pods: 1 },
      nodeSelector: pin === 'host' ? { [HOST]: `w-${on}` } : pin === 'zone' ? { zone } : {},
      nodeAffinity:
        pin === 'name' ? [{ labels: [], fields: [{ key: 'metadata.name', operator: 'In', values: [`w-${on}`] }] }] : [],
    });
  });
  return { pods: views, volumes };
}

/** By the words of the documentation alone, without what runs where. */
function mayRunOn(
  { name, labels, taints }: NodeView,
  { claims, nodeSelector, nodeAffinity }: PodView,
  volumes: readonly VolumeView[],
) {
  return (
    taints.length === 0 &&
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    matchesAffinity(nodeAffinity, name, labels) &&
    volumes
      .filter(({ claim }) => claims.some(each => claim === `default/${each}`))
      .every(volume => matchesAffinity(volume.nodeAffinity, name, labels))
  );
}

it('every pod that no other node takes while its own is drained is named, whatever keeps it from them', () => {
  const counts = { homeless: 0, unsuited: 0 };
  fc.assert(
    fc.property(world, each => {
      const nodes = nodesOf(each);
      const { pods, volumes } = podsOf(each);
      const budgets = [budget('web', { expectedPods: 5, currentHealthy: 5, desiredHealthy: 4, disruptionsAllowed: 1 })];
      const told = findingsOf(cluster(nodes, { pods, volumes, budgets }))
        .filter(({ code }) => TOLD.includes(code))
        .map(({ sentence }) => sentence);
      const names = (name: string) => told.some(sentence => sentence.includes(`default/${name}`));

      const open = nodes.filter(({ unschedulable, role }) => !unschedulable && role === 'worker');
      const unsuited = pods.filter(
        view => !open.some(node => node.name !== view.node && mayRunOn(node, view, volumes)),
      );
      const order = nodes.map(({ name, unschedulable }) => [unschedulable ? 0 : 1, name] as const);
      const placement = placeIn({ nodes, pods, volumes }, () => 'moves');
      const drained = order.sort(([a, x], [b, y]) => a - b || (x < y ? -1 : 1)).map(([, name]) => name);
      const homeless = drained.flatMap(name => placement.drain([name])).map(({ pod: view }) => view);

      counts.homeless += homeless.length;
      counts.unsuited += unsuited.length;
      const silent = new Set([...unsuited, ...homeless].map(({ name }) => name).filter(name => !names(name)));
      expect([...silent]).toEqual([]);
    }),
    { numRuns: 500 },
  );
  expect(counts.homeless).toBeGreaterThan(300);
  expect(counts.unsuited).toBeGreaterThan(300);
});
