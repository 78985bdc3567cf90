import type { NodeView, PodView, VolumeView } from '../../../../src/cluster/snapshot.ts';
import { exampleClaim } from '../../plan/cluster-builder.ts';
import { asking, homeless, homes, names, node, ROOM, terms } from './small-world.ts';

describe('the pods of a drained node', () => {
  it('go to another node, and stay there when theirs is back', () => {
    expect(homes({ nodes: [node('w-1'), node('w-2')], pods: [asking('a', 600)] }, ['w-1'])).toEqual({ a: 'w-2' });
  });

  it('find no place on a node that is cordoned or not Ready, nor where none is free', () => {
    const useless = [
      node('w-2', { unschedulable: true }),
      node('w-3', { ready: 'False' }),
      node('w-4', { ready: 'Unknown' }),
      node('w-5', { allocatable: { ...ROOM, cpuMilli: 599 } }),
    ];
    expect(names(homeless({ nodes: [node('w-1'), ...useless], pods: [asking('a', 600)] }))).toEqual(['a']);
  });

  it('share what is free: the largest goes first', () => {
    const pods = [asking('small', 300), asking('large', 900)];
    expect(names(homeless({ nodes: [node('w-1'), node('w-2')], pods }))).toEqual(['small']);
    expect(homeless({ nodes: [node('w-1'), node('w-2'), node('w-3')], pods })).toEqual([]);
  });

  it('go for good where nothing creates them again: they need no place, and leave theirs to others', () => {
    const nodes = [node('w-1'), node('w-2')];
    const pods = [asking('g-a', 900), asking('b', 900, { node: 'w-2' })];
    expect(names(homeless({ nodes, pods }, ['w-1'], ['w-2']))).toEqual([]);
    expect(homes({ nodes, pods }, ['w-1'], ['w-2'])).toEqual({ b: 'w-1' });
    expect(homes({ nodes, pods })).toEqual({ 'g-a': 'w-1', b: 'w-2' });
  });

  it('go to the emptiest node', () => {
    const pods = [asking('a', 100), asking('s-1', 500, { node: 'w-2' }), asking('s-2', 300, { node: 'w-3' })];
    const nodes = ['w-1', 'w-2', 'w-3', 'w-4'].map(name => node(name));
    expect(homes({ nodes: nodes.slice(0, 3), pods }, ['w-1'])).toEqual({ a: 'w-3' });
    expect(homes({ nodes, pods }, ['w-1'])).toEqual({ a: 'w-4' });
  });

  it('count what stays on other nodes, and the number of pods there, but nothing that has finished', () => {
    const two = [node('w-1'), node('w-2')];
    const there = (more: Partial<PodView>) => [asking('a', 600), asking('s-b', 600, { node: 'w-2', ...more })];
    expect(names(homeless({ nodes: two, pods: there({}) }))).toEqual(['a']);
    expect(homeless({ nodes: two, pods: there({ phase: 'Succeeded' }) })).toEqual([]);
    expect(homeless({ nodes: two, pods: there({ phase: 'Failed' }) })).toEqual([]);
    const crowd = Array.from({ length: 10 }, (_, index) => asking(`s-${index}`, 0, { node: 'w-2' }));
    expect(names(homeless({ nodes: two, pods: [asking('a', 0), ...crowd] }))).toEqual(['a']);
  });

  it('that ask for nothing fit where more is used than there is', () => {
    const pods = [asking('a', 0), asking('s-b', 2_000, { node: 'w-2' })];
    expect(homeless({ nodes: [node('w-1'), node('w-2')], pods })).toEqual([]);
  });

  it('leave room behind, which the pods of the next node take', () => {
    const pods = [asking('a', 600), asking('b', 600, { node: 'w-2' })];
    const nodes = [node('w-1'), node('w-2'), node('w-3')];
    expect(homes({ nodes, pods }, ['w-1'], ['w-2'])).toEqual({ a: 'w-3', b: 'w-1' });
    expect(homeless({ nodes, pods }, ['w-1'], ['w-2'], ['w-3'])).toEqual([]);
  });

  it('without a place wait for their own node', () => {
    const world = { nodes: [node('w-1'), node('w-2')], pods: [asking('a', 600), asking('s-b', 600, { node: 'w-2' })] };
    expect(names(homeless(world))).toEqual(['a']);
    expect(homes(world, ['w-1'])).toEqual({ a: 'w-1' });
  });

  it('move again when the node to which they moved is drained, and are told with that node', () => {
    const nodes = [node('w-1', { unschedulable: true }), node('w-2')];
    expect(homeless({ nodes, pods: [asking('a', 600)] }, ['w-1'], ['w-2'])).toEqual([
      { pod: expect.objectContaining({ name: 'a' }), node: 'w-2', scarce: expect.anything() },
    ]);
  });

  it('have fewer nodes to go to where several are drained together', () => {
    const world = {
      nodes: ['w-1', 'w-2', 'w-3'].map(name => node(name)),
      pods: [asking('a', 600), asking('b', 600, { node: 'w-2' })],
    };
    expect(homeless(world, ['w-1'], ['w-2'])).toEqual([]);
    expect(names(homeless(world, ['w-1', 'w-2']))).toEqual(['b']);
  });

  it('do not come back to a node that people cordoned, but to one that only a run holds', () => {
    const claim = exampleClaim({ run: 'r', work: 'w' });
    const pods = [
      asking('a', 600),
      asking('b', 300, { node: 'w-2' }),
      asking('s-c', 300, { node: 'w-2' }),
      asking('s-d', 800, { node: 'w-3' }),
    ];
    const with1 = (more: Partial<NodeView>) => ({ nodes: [node('w-1', more), node('w-2'), node('w-3')], pods });
    const drains = [['w-1'], ['w-2']];
    expect(names(homeless(with1({ unschedulable: true }), ...drains))).toEqual(['a', 'b']);
    expect(names(homeless(with1({ unschedulable: true, claim }), ...drains))).toEqual(['a']);
    expect(
      names(homeless(with1({ unschedulable: true, claim: { ...claim, wasUnschedulable: true } }), ...drains)),
    ).toEqual(['a', 'b']);
  });

  it('have nowhere to go in a cluster of one node', () => {
    expect(names(homeless({ nodes: [node('w-1')], pods: [asking('a', 0)] }))).toEqual(['a']);
  });

  it('may run on a node that nobody knows, and then do not matter', () => {
    expect(homeless({ nodes: [node('w-2')], pods: [asking('a', 0)] }, ['w-1'], ['w-9'])).toEqual([]);
  });
});

describe('a pod goes only', () => {
  const gpu = { key: 'gpu', value: '', effect: 'NoSchedule' } as const;
  const called = (...values: string[]) => [
    { labels: [], fields: [{ key: 'metadata.name', operator: 'In', values } as const] },
  ];
  const hostname = (name: string) => ({ 'kubernetes.io/hostname': name });

  it.each<[string, Partial<NodeView>, Partial<PodView>, boolean]>([
    ['where it tolerates the taints', { taints: [gpu] }, {}, false],
    [
      'where it tolerates the taints, which it may',
      { taints: [gpu] },
      { tolerations: [{ ...gpu, operator: 'Exists' }] },
      true,
    ],
    ['where it is preferred or not', { taints: [{ ...gpu, effect: 'PreferNoSchedule' }] }, {}, true],
    ['where its selector says', { labels: { zone: 'a' } }, { nodeSelector: { zone: 'a' } }, true],
    ['where its selector says, which is elsewhere', { labels: { zone: 'a' } }, { nodeSelector: { zone: 'b' } }, false],
    ['where its affinity says', { labels: { zone: 'a' } }, { nodeAffinity: terms('zone', 'a', 'b') }, true],
    [
      'where its affinity says, which is elsewhere',
      { labels: { zone: 'c' } },
      { nodeAffinity: terms('zone', 'a', 'b') },
      false,
    ],
    ['to the node that its affinity names', {}, { nodeAffinity: called('w-2') }, true],
    ['to the node that its affinity names, which is another', {}, { nodeAffinity: called('w-3') }, false],
    ['to the host that its selector names', { labels: hostname('w-2') }, { nodeSelector: hostname('w-2') }, true],
    [
      'to the host that its selector names, which is another',
      { labels: hostname('w-2') },
      { nodeSelector: hostname('w-3') },
      false,
    ],
    [
      'where devices are',
      { allocatable: { ...ROOM, others: { gpu: 1 } } },
      { requests: { ...ROOM, pods: 1, others: { gpu: 1 } } },
      true,
    ],
    [
      'where enough devices are',
      { allocatable: { ...ROOM, others: { gpu: 1 } } },
      { requests: { ...ROOM, pods: 1, others: { gpu: 2 } } },
      false,
    ],
  ])('%s', (_what, to, more, expected) => {
    const few = [node('w-1'), node('w-2', to)];
    expect(names(homeless({ nodes: few, pods: [asking('a', 1, more)] }))).toEqual(expected ? [] : ['a']);
    // The same among so many nodes that they are not looked at one by one.
    const useless = Array.from({ length: 200 }, (_, index) =>
      node(`x-${index}`, { labels: hostname(`x-${index}`), allocatable: { ...ROOM, cpuMilli: 0 } }),
    );
    expect(names(homeless({ nodes: [...few, ...useless], pods: [asking('a', 1, more)] }))).toEqual(
      expected ? [] : ['a'],
    );
  });

  it('where its volume can be mounted', () => {
    const nodes = [node('w-1'), node('w-2', { labels: { zone: 'a' } }), node('w-3', { labels: { zone: 'b' } })];
    const volume = (zone: string): VolumeView => ({
      name: 'pv',
      claim: 'default/data',
      hostPath: false,
      nodeAffinity: terms('zone', zone),
    });
    const pods = [asking('a', 1, { claims: ['data'] })];
    expect(homes({ nodes, pods, volumes: [volume('b')] }, ['w-1'])).toEqual({ a: 'w-3' });
    expect(homeless({ nodes, pods, volumes: [volume('c')] })).toEqual([
      expect.objectContaining({ scarce: { kind: 'volume' } }),
    ]);
    expect(homeless({ nodes, pods, volumes: [{ ...volume('c'), claim: 'other/data' }] })).toEqual([]);
  });

  it('where its host ports are free, and frees them when it leaves', () => {
    const nodes = ['w-1', 'w-2', 'w-3'].map(name => node(name));
    const pods = [
      asking('a', 1, { hostPorts: ['TCP 80'] }),
      asking('s-b', 1, { node: 'w-2', hostPorts: ['TCP 80', 'UDP 53'] }),
      asking('c', 1, { node: 'w-3', hostPorts: ['TCP 443'] }),
    ];
    expect(homes({ nodes, pods }, ['w-1'])).toMatchObject({ a: 'w-3' });
    expect(homeless({ nodes: nodes.slice(0, 2), pods: pods.slice(0, 2) })).toEqual([
      expect.objectContaining({ scarce: { kind: 'ports' } }),
    ]);
    expect(homes({ nodes, pods: [pods[0] as PodView] }, ['w-1'], ['w-2'], ['w-3'])).toEqual({ a: 'w-1' });
  });
});
