import type { Homeless } from '../../../../src/cluster/room/placement.ts';
import type { PodAffinityTerm, SpreadRule } from '../../../../src/cluster/selector.ts';
import type { NodeView, PodView, VolumeView } from '../../../../src/cluster/snapshot.ts';
import { exampleClaim } from '../../plan/cluster-builder.ts';
import { asking, homeless, node, place, ROOM, terms, type World } from './small-world.ts';

function names(found: readonly Homeless[]): string[] {
  return found.map(each => each.pod.name);
}

/** The node on which each pod runs once these were drained. */
function homes(world: World, ...drains: readonly string[][]): Record<string, string> {
  const placement = place(world);
  for (const nodes of drains) placement.drain(nodes);
  const settled = [...placement.settled()].flatMap(([home, pods]) => pods.map(({ name }) => [name, home] as const));
  return Object.fromEntries(settled.sort(([a], [b]) => (a < b ? -1 : 1)));
}

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

describe('anti-affinity', () => {
  const apart = (topologyKey: string, app = 'web', namespaces?: readonly string[]): readonly PodAffinityTerm[] => [
    { selector: { matchLabels: { app }, matchExpressions: [] }, namespaces, topologyKey },
  ];
  const HOST = 'kubernetes.io/hostname';
  const three = ['w-1', 'w-2', 'w-3'].map((name, index) =>
    node(name, { labels: { [HOST]: name, zone: index < 2 ? 'a' : 'b' } }),
  );
  const web = (name: string, on: string, more: Partial<PodView> = {}) =>
    asking(name, 1, { node: on, antiAffinity: apart(HOST), ...more });

  it('keeps a pod from the nodes that hold those it avoids', () => {
    expect(homes({ nodes: three, pods: [web('a', 'w-1'), web('b', 'w-2')] }, ['w-1'])).toEqual({ a: 'w-3', b: 'w-2' });
    expect(homeless({ nodes: three, pods: [web('a', 'w-1'), web('b', 'w-2'), web('c', 'w-3')] })).toEqual([
      expect.objectContaining({ scarce: { kind: 'apart' } }),
    ]);
  });

  it('keeps a pod away from those that avoid it, though it does not care itself', () => {
    const pods = [asking('a', 1), web('s-b', 'w-2'), web('s-c', 'w-3')];
    expect(names(homeless({ nodes: three, pods }))).toEqual(['a']);
    expect(homeless({ nodes: three, pods: [asking('a', 1, { labels: { app: 'db' } }), ...pods.slice(1)] })).toEqual([]);
  });

  it('is about namespaces', () => {
    const others = { node: 'w-2', namespace: 'shop' };
    const pods = (namespaces: readonly string[] | undefined) => [
      web('a', 'w-1', { antiAffinity: apart(HOST, 'web', namespaces) }),
      asking('s-b', 1, others),
      asking('s-c', 1, { ...others, node: 'w-3' }),
    ];
    expect(homeless({ nodes: three, pods: pods(['default']) })).toEqual([]);
    expect(names(homeless({ nodes: three, pods: pods(['default', 'shop']) }))).toEqual(['a']);
    expect(names(homeless({ nodes: three, pods: pods(undefined) }))).toEqual(['a']);
  });

  it('is about zones too, and about nothing on nodes without the label', () => {
    const pods = [web('a', 'w-1', { antiAffinity: apart('zone') }), asking('s-b', 1, { node: 'w-3' })];
    expect(homes({ nodes: three, pods }, ['w-1'])).toEqual({ a: 'w-2' });
    const other = [...pods, asking('s-c', 1, { node: 'w-2' })];
    expect(names(homeless({ nodes: three, pods: other }))).toEqual(['a']);
    expect(homes({ nodes: [...three, node('w-4')], pods: other }, ['w-1'])).toEqual({ a: 'w-4' });
  });

  it('counts nobody who has finished or is leaving', () => {
    const gone = (more: Partial<PodView>) => [web('a', 'w-1'), web('b', 'w-2', more), web('s-c', 'w-3')];
    expect(names(homeless({ nodes: three, pods: gone({}) }))).toEqual(['a']);
    expect(homeless({ nodes: three, pods: gone({ phase: 'Succeeded' }) })).toEqual([]);
    expect(homeless({ nodes: three, pods: gone({ name: 's-b', deletingSince: 0 }) })).toEqual([]);
  });

  it('of a pod for every host finds the one that is left, among very many', () => {
    const many = Array.from({ length: 150 }, (_, index) => node(`n-${index}`, { labels: { [HOST]: `n-${index}` } }));
    const pods = many.slice(0, 149).map(({ name }, index) => web(`p-${index}`, name));
    const placement = place({ nodes: many, pods });
    expect(many.flatMap(({ name }) => placement.drain([name]))).toEqual([]);
    const full = place({ nodes: many.slice(0, 149), pods });
    expect(many.slice(0, 149).flatMap(({ name }) => full.drain([name]))).toHaveLength(149);
  });
});

describe('topology spread constraints', () => {
  const rule: SpreadRule = {
    selector: { matchLabels: { app: 'web' }, matchExpressions: [] },
    topologyKey: 'zone',
    maxSkew: 1,
    minDomains: 1,
    honorsAffinity: true,
    honorsTaints: false,
  };
  const zones = (...of: readonly string[]) => of.map((zone, index) => node(`w-${index + 1}`, { labels: { zone } }));
  const web = (on: string, more: Partial<SpreadRule> = {}, pod: Partial<PodView> = {}) =>
    asking(`on-${on}`, 1, { node: on, spread: [{ ...rule, ...more }], ...pod });

  it.each<[string, readonly NodeView[], Partial<SpreadRule>, Partial<PodView>, readonly string[]]>([
    ['let a pod go to a zone that has none', zones('a', 'b', 'c'), {}, {}, []],
    ['let it go to another node of its zone', zones('a', 'b', 'a'), {}, {}, []],
    // The drained node is still there: its zone has none, so another may have one at most.
    ['keep it from a zone that has one already', zones('a', 'b'), {}, {}, ['on-w-1']],
    ['allow as much skew as they say', zones('a', 'b'), { maxSkew: 2 }, {}, []],
    [
      'count nobody else’s pods',
      zones('a', 'b'),
      { selector: { matchLabels: { app: 'db' }, matchExpressions: [] } },
      {},
      [],
    ],
    ['keep it from nodes without the label', [...zones('a'), node('w-2')], {}, {}, ['on-w-1']],
    [
      'take the least to be none where zones are too few',
      zones('a', 'b', 'b'),
      { minDomains: 3, maxSkew: 1 },
      {},
      ['on-w-1'],
    ],
  ])('%s', (_what, nodes, more, mine, expected) => {
    const pods = [web('w-1', more, mine), web('w-2', more)];
    const found = homeless({ nodes, pods });
    expect(names(found)).toEqual(expected);
    expect(found.map(({ scarce }) => scarce.kind)).toEqual(expected.map(() => 'spread'));
  });

  it('look at the nodes that the pod may run on, where they say so', () => {
    // Zone c is out of reach: it does not count as one without pods.
    const nodes = [...zones('a', 'b', 'a'), node('w-4', { labels: { zone: 'c', pool: 'other' } })];
    const mine = { nodeSelector: { pool: 'mine' } };
    const pooled = nodes.map(each => ({ ...each, labels: { pool: 'mine', ...each.labels } }));
    const pods = (more: Partial<SpreadRule>) => [
      web('w-1', more, mine),
      web('w-2', more, mine),
      asking('s-1', 1, { node: 'w-3' }),
    ];
    expect(homeless({ nodes: pooled, pods: pods({}) })).toEqual([]);
    expect(names(homeless({ nodes: pooled, pods: pods({ honorsAffinity: false }) }))).toEqual(['on-w-1']);
    const taint = { key: 'x', value: '', effect: 'NoSchedule' } as const;
    const tainted = pooled.map(each =>
      each.name === 'w-4' ? { ...each, labels: { zone: 'c', pool: 'mine' }, taints: [taint] } : each,
    );
    expect(names(homeless({ nodes: tainted, pods: pods({}) }))).toEqual(['on-w-1']);
    expect(homeless({ nodes: tainted, pods: pods({ honorsTaints: true }) })).toEqual([]);
  });

  it('are kept by hosts as well, however many', () => {
    const many = Array.from({ length: 150 }, (_, index) => node(`n-${index}`, { labels: { host: `n-${index}` } }));
    const pods = many.map(({ name }) => web(name, { topologyKey: 'host' }));
    const placement = place({ nodes: many, pods });
    // With its own host drained and counted as empty, every other one has its pod already.
    expect(many.flatMap(({ name }) => placement.drain([name]))).toHaveLength(150);
    const roomy = place({ nodes: many, pods: many.map(({ name }) => web(name, { topologyKey: 'host', maxSkew: 2 })) });
    expect(many.flatMap(({ name }) => roomy.drain([name]))).toEqual([]);
  });
});
