import * as fc from 'fast-check';
import { accepts, freeByNode, placeIn, tolerates } from '../../../src/cluster/capacity.ts';
import { add, fits, NO_RESOURCES } from '../../../src/cluster/resources.ts';
import type { NodeView, PodView, Taint, Toleration } from '../../../src/cluster/snapshot.ts';
import { pod, worker } from '../plan/cluster-builder.ts';

const NODE = worker('w-1', '1.36.2', { allocatable: { cpuMilli: 1_000, memoryBytes: 1_000, pods: 10 } });

function asking(name: string, cpuMilli: number, memoryBytes = 0, on: string | undefined = undefined): PodView {
  return pod(name, on, { requests: { cpuMilli, memoryBytes, pods: 0 } });
}

describe('what a node has free', () => {
  it('is what its pods leave, each of which takes one place', () => {
    const pods = [asking('a', 300, 100, 'w-1'), asking('b', 200, 100, 'w-1'), asking('c', 500, 500, 'w-2')];
    expect(freeByNode([NODE], pods).get('w-1')).toEqual({ cpuMilli: 500, memoryBytes: 800, pods: 8 });
  });

  it.each(['Succeeded', 'Failed'] as const)('is not lessened by pods that have %s', phase => {
    const finished = { ...asking('a', 300, 100, 'w-1'), phase };
    expect(freeByNode([NODE], [finished]).get('w-1')).toEqual(NODE.allocatable);
  });
});

describe('a taint', () => {
  const taint: Taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
  const exact: Toleration = { key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' };

  it.each<[string, Toleration, boolean]>([
    ['its key, value and effect', exact, true],
    ['its key and value, with every effect', { ...exact, effect: undefined }, true],
    ['its key, whatever the value', { ...exact, operator: 'Exists', value: '' }, true],
    ['everything', { key: undefined, operator: 'Exists', value: '', effect: undefined }, true],
    ['everything of another effect', { key: undefined, operator: 'Exists', value: '', effect: 'NoExecute' }, false],
    ['everything, written with an empty key', { key: '', operator: 'Exists', value: '', effect: undefined }, true],
    ['another value', { ...exact, value: 'no' }, false],
    ['another key', { ...exact, key: 'cpu' }, false],
    ['another effect', { ...exact, effect: 'NoExecute' }, false],
    ['no key and no value', { key: undefined, operator: 'Equal', value: 'yes', effect: undefined }, false],
  ])('is tolerated by who tolerates %s: %p', (_what, toleration, expected) => {
    expect(tolerates([toleration], taint)).toBe(expected);
  });

  it('is tolerated by nobody who tolerates nothing', () => {
    expect(tolerates([], taint)).toBe(false);
  });
});

describe('a node', () => {
  const taint = { key: 'gpu', value: '', effect: 'NoSchedule' } as const;
  const otherNode = { labels: [], fields: [{ key: 'metadata.name', operator: 'In', values: ['w-2'] }] } as const;

  it.each<[string, Partial<NodeView>, Partial<PodView>, boolean]>([
    ['takes a plain pod', {}, {}, true],
    ['takes none that does not tolerate its taint', { taints: [taint] }, {}, false],
    ['takes one in spite of a mere preference', { taints: [{ ...taint, effect: 'PreferNoSchedule' }] }, {}, true],
    ['takes one that wants its label', { labels: { zone: 'a' } }, { nodeSelector: { zone: 'a' } }, true],
    ['takes none that wants another', { labels: { zone: 'a' } }, { nodeSelector: { zone: 'b' } }, false],
    ['takes none whose affinity names another node', {}, { nodeAffinity: [otherNode] }, false],
  ])('%s', (_what, node, more, expected) => {
    expect(accepts(worker('w-1', '1.36.2', node), pod('p', undefined, more))).toBe(expected);
  });
});

describe('the pods of a drained node', () => {
  const OTHER = { ...NODE, name: 'w-2', uid: 'uid-w-2' };

  function homeless(
    leaving: readonly PodView[],
    others: readonly NodeView[],
    there: readonly PodView[] = [],
  ): string[] {
    const placement = placeIn([NODE, ...others], [...leaving, ...there]);
    return placement.homelessWithout('w-1', leaving).map(({ name }) => name);
  }

  it('find room on another node', () => {
    expect(homeless([asking('a', 600, 0, 'w-1')], [OTHER])).toEqual([]);
  });

  it('find none on their own, on one that is cordoned, or on one that is not Ready', () => {
    const useless = [
      { ...OTHER, unschedulable: true },
      { ...OTHER, name: 'w-3', ready: 'False' as const },
      { ...OTHER, name: 'w-4', ready: 'Unknown' as const },
    ];
    expect(homeless([asking('a', 1, 0, 'w-1')], useless)).toEqual(['a']);
  });

  it('share what is free: the largest goes first, and what is left over has no home', () => {
    const leaving = [asking('small', 100, 300, 'w-1'), asking('large', 100, 900, 'w-1')];
    expect(homeless(leaving, [OTHER])).toEqual(['small']);
    expect(homeless(leaving, [OTHER, { ...OTHER, name: 'w-3' }])).toEqual([]);
  });

  it('count against what runs elsewhere, and against the number of pods', () => {
    expect(homeless([asking('a', 600, 0, 'w-1')], [OTHER], [asking('b', 600, 0, 'w-2')])).toEqual(['a']);
    const crowd = Array.from({ length: 10 }, (_, index) => asking(`c-${index}`, 0, 0, 'w-2'));
    expect(homeless([asking('a', 0, 0, 'w-1')], [OTHER], crowd)).toEqual(['a']);
  });

  it('are asked about one node at a time, each in the cluster as it stands', () => {
    const a = asking('a', 600, 0, 'w-1');
    const b = asking('b', 600, 0, 'w-2');
    const placement = placeIn([NODE, OTHER, { ...OTHER, name: 'w-3' }], [a, b]);
    expect(placement.homelessWithout('w-1', [a])).toEqual([]);
    expect(placement.homelessWithout('w-2', [b])).toEqual([]);
  });

  it('that found a home fit there together, and a vast node takes them all', () => {
    const sizes = fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 700 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 3 }), (wanted, count) => {
        const leaving = wanted.map(([cpu, memory], place) => asking(`p${place}`, cpu, memory, 'w-1'));
        const others = Array.from({ length: count }, (_, place) => ({ ...OTHER, name: `o${place}` }));
        const left = new Set(homeless(leaving, others));
        const housed = leaving.filter(({ name }) => !left.has(name));
        const total = (pods: readonly PodView[]) =>
          pods.map(({ requests }) => ({ ...requests, pods: 1 })).reduce(add, NO_RESOURCES);
        const room = others.map(({ allocatable }) => allocatable).reduce(add, NO_RESOURCES);
        expect(fits(total(housed), room)).toBe(true);
        if (leaving.length <= 1 && count > 0) expect(left.size).toBe(0);
        expect(homeless(leaving, [...others, { ...OTHER, name: 'vast', allocatable: VAST }])).toEqual([]);
      }),
    );
  });
});

const VAST = { cpuMilli: 1e9, memoryBytes: 1e15, pods: 1_000 };
