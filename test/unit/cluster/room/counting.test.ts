import * as fc from 'fast-check';
import { FreeTree } from '../../../../src/cluster/room/free-tree.ts';
import { Tally } from '../../../../src/cluster/room/tally.ts';
import { readTopology } from '../../../../src/cluster/room/topology.ts';
import { worker } from '../../plan/cluster-builder.ts';

const places = fc.array(fc.option(fc.nat(5), { nil: undefined, freq: 5 }), { minLength: 1, maxLength: 30 });

describe('a tally', () => {
  it('knows each count and the least, whenever it is asked', () => {
    const changes = fc.array(fc.record({ node: fc.nat(29), more: fc.boolean(), ask: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(places, changes, fc.func(fc.boolean()), (zones, steps, isCounted) => {
        const nodes = zones.map((zone, place) =>
          worker(`n-${place}`, '1.36.2', { labels: zone === undefined ? {} : { zone: `${zone}` } }),
        );
        const topology = readTopology(nodes, 'zone');
        const counted = Uint8Array.from(nodes, (_, place) => (isCounted(place) ? 1 : 0));
        const counting = {
          nodes: counted,
          domains: [...new Set(topology.domainOf.filter((domain, place) => domain >= 0 && counted[place] === 1))],
        };
        const tally = new Tally(topology, counting);
        const counts = new Map(counting.domains.map(domain => [domain, 0]));
        for (const { node: any, more, ask } of steps) {
          const node = any % nodes.length;
          const domain = topology.domainOf[node] ?? -1;
          const before = counts.get(domain) ?? 0;
          if (counted[node] === 1 && domain >= 0 && (more || before > 0)) {
            tally.add(node, more ? 1 : -1);
            counts.set(domain, before + (more ? 1 : -1));
          }
          expect(tally.at(node)).toBe(domain < 0 ? undefined : (counts.get(domain) ?? 0));
          if (!ask) continue;
          const least = Math.min(...counts.values());
          expect(tally.least()).toBe(counts.size === 0 ? 0 : least);
          const within = [...counts].filter(([, count]) => count <= 1).flatMap(([of]) => topology.nodesOf[of] ?? []);
          const found = tally.nodesWithin(1);
          if (found) expect([...found].toSorted()).toEqual(within.toSorted());
        }
      }),
      { numRuns: 300 },
    );
  });

  it('counts a pod on a node that does not count nowhere', () => {
    const topology = readTopology([worker('n-0', '1.36.2', { labels: { zone: 'a' } })], 'zone');
    const tally = new Tally(topology, { nodes: new Uint8Array(1), domains: [] });
    tally.add(0, 1);
    expect(tally.at(0)).toBe(0);
  });
});

describe('the tree of what is free', () => {
  const free = fc.record({ cpuMilli: fc.integer({ min: -2, max: 9 }), memoryBytes: fc.nat(9), pods: fc.nat(3) });

  it('finds a node exactly where there is one', () => {
    const changes = fc.array(fc.record({ place: fc.nat(19), free: fc.option(free), ask: free }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), changes, fc.nat(4), (count, steps, refused) => {
        const tree = new FreeTree(count);
        const open = new Map<number, typeof free extends fc.Arbitrary<infer T> ? T : never>();
        for (const { place: any, free: now, ask } of steps) {
          const place = any % count;
          if (now) {
            tree.open(place, now, now.cpuMilli + now.memoryBytes);
            open.set(place, now);
          } else {
            tree.close(place);
            open.delete(place);
          }
          const wanted = { ...ask, cpuMilli: Math.max(0, ask.cpuMilli) };
          const within = (want: number, has: number) => want <= Math.max(0, has);
          const suiting = [...open].filter(
            ([at, has]) =>
              at !== refused &&
              within(wanted.cpuMilli, has.cpuMilli) &&
              within(wanted.memoryBytes, has.memoryBytes) &&
              within(wanted.pods, has.pods),
          );
          const found = tree.find(wanted, at => at !== refused);
          expect(suiting.length === 0 ? found === -1 : suiting.some(([at]) => at === found)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('goes to the emptiest', () => {
    const tree = new FreeTree(5);
    for (const [place, cpuMilli] of [3, 9, 4, 8, 1].entries())
      tree.open(place, { cpuMilli, memoryBytes: 5, pods: 1 }, cpuMilli);
    expect(tree.find({ cpuMilli: 2, memoryBytes: 1, pods: 1 }, () => true)).toBe(1);
    expect(tree.find({ cpuMilli: 2, memoryBytes: 1, pods: 1 }, place => place !== 1)).not.toBe(1);
    expect(tree.most).toEqual({ cpuMilli: 9, memoryBytes: 5, pods: 1 });
  });
});
