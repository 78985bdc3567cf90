import type { PodAffinityTerm, SpreadRule } from '../../../../src/cluster/selector.ts';
import type { NodeView, PodView } from '../../../../src/cluster/snapshot.ts';
import { asking, homeless, homes, names, node, place } from './small-world.ts';

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
