import * as fc from 'fast-check';
import type { NodeView, PodView } from '../../../../src/cluster/snapshot.ts';
import { budget, cluster, controlPlane, pod, worker } from '../cluster-builder.ts';
import { found } from './found.ts';

const HOST = 'kubernetes.io/hostname';

/** One node is drained beside another; all pods are of one size. */
const world = fc.record({
  /** How many pods the other node can take. */
  room: fc.nat(5),
  /** Pods of the budget that may move, and those that may run nowhere else. */
  free: fc.nat(4),
  pinned: fc.nat(3),
  /** Pods of nobody's budget. */
  rivals: fc.nat(3),
  /** Healthy pods of the budget on a node that is not drained. */
  away: fc.integer({ min: 0, max: 3 }),
  spare: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function told({ room, free, pinned, rivals, away, spare }: World) {
  const labels = { [HOST]: 'w-1' };
  const make = (name: string, more: Partial<PodView>) =>
    pod(name, 'w-1', { requests: { cpuMilli: 0, memoryBytes: 0, pods: 1 }, ...more });
  const many = (count: number, name: string, more: Partial<PodView>) =>
    Array.from({ length: count }, (_, place) => make(`${name}-${place}`, more));
  const pods = [
    ...many(free, 'free', {}),
    ...many(pinned, 'pinned', { nodeSelector: labels }),
    ...many(rivals, 'rival', { labels: { app: 'rival' } }),
    ...many(away, 'away', { node: 'w-3' }),
  ];
  const size = (count: number): Partial<NodeView> => ({ allocatable: { cpuMilli: 1, memoryBytes: 1, pods: count } });
  const nodes = [
    controlPlane('cp-1', '1.36.4'),
    worker('w-1', '1.36.2', size(50)),
    worker('w-2', '1.36.2', size(room)),
    worker('w-3', '1.36.2', { ...size(away), unschedulable: true }),
  ];
  const all = free + pinned + away;
  const guard = budget('web', {
    expectedPods: all,
    currentHealthy: all,
    desiredHealthy: all - spare,
    disruptionsAllowed: spare,
  });
  const snapshot = cluster(nodes, { pods, budgets: [guard] });
  return found('NO_ROOM_UNDER_PDB', snapshot, '1.36.4', undefined, { asks: { nodes: ['w-1'] } }).map(
    ([severity]) => severity,
  );
}

/** Evicts in a random order, as the budget lets it; true where it comes to a standstill. */
function standsStill({ room, free, pinned, rivals, spare }: World, next: () => number): boolean {
  const left = [
    ...Array.from({ length: free }, () => 'free' as const),
    ...Array.from({ length: pinned }, () => 'pinned' as const),
    ...Array.from({ length: rivals }, () => 'rival' as const),
  ];
  let [places, spared] = [room, spare];
  for (;;) {
    const due = [...left.keys()].filter(place => left[place] === 'rival' || spared > 0);
    const turn = due[Math.floor(next() * due.length)];
    if (turn === undefined) return left.length > 0;
    const [kind] = left.splice(turn, 1);
    if (kind !== 'pinned' && places > 0) places -= 1;
    else if (kind !== 'rival') spared -= 1;
  }
}

it('a drain that can come to a standstill under a budget is told, and one that always does stops the plan', () => {
  const counts = { never: 0, sometimes: 0, always: 0 };
  fc.assert(
    fc.property(world, each => {
      fc.pre(each.free + each.pinned + each.away >= each.spare);
      let state = each.seed;
      const next = () => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 2 ** 32;
      };
      const ends = new Set(Array.from({ length: 60 }, () => standsStill(each, next)));
      const severities = told(each);
      if (ends.has(true)) expect(severities).toHaveLength(1);
      if (ends.has(false)) expect(severities).not.toContain('block');
      counts[!ends.has(true) ? 'never' : ends.has(false) ? 'sometimes' : 'always'] += 1;
    }),
    { numRuns: 600 },
  );
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20);
});
