import type { Homeless } from '../../../../src/cluster/room/placement.ts';
import type { NodeView, PodView, VolumeView } from '../../../../src/cluster/snapshot.ts';
import { asking, homeless, node, ROOM, terms } from './small-world.ts';

describe.each([
  ['by groups', 0],
  ['one by one', 70],
])('where nodes of that many hosts are looked at %s', (_how, more) => {
  const HOST = 'kubernetes.io/hostname';
  const at = (name: string, zone: string, about: Partial<NodeView> = {}) =>
    node(name, { labels: { [HOST]: name, zone }, ...about });
  const hosts = Array.from({ length: more }, (_, place) => at(`x-${place}`, 'x'));
  const cordoned = { unschedulable: true };
  const down = { ready: 'False' } as const;
  const tainted = { taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' } as const] };
  const pinned = { nodeSelector: { [HOST]: 'w-1' } };
  const byName = {
    nodeAffinity: [{ labels: [], fields: [{ key: 'metadata.name', operator: 'In', values: ['w-1'] } as const] }],
  };
  const data = { claims: ['data'] };
  const both = { claims: ['data', 'logs'] };
  const volume = (claim: string, nodeAffinity: VolumeView['nodeAffinity']) => ({
    name: `pv-${claim}`,
    claim: `default/${claim}`,
    hostPath: false,
    nodeAffinity,
  });
  const zonal = volume('data', terms('zone', 'a'));

  it.each<[string, Partial<PodView>, readonly VolumeView[], readonly NodeView[], Homeless['scarce']['kind']]>([
    ['a label, to a pod of one host', pinned, [], [at('w-2', 'a')], 'labels'],
    [
      'a label, to a pod of one host with a volume of the zone',
      { ...pinned, ...data },
      [zonal],
      [at('w-2', 'a')],
      'labels',
    ],
    ['a label, to a pod of one node by its name', { ...byName, ...data }, [zonal], [at('w-2', 'a')], 'labels'],
    [
      'a volume, to a pod of one host which alone is in its zone',
      { ...pinned, ...data },
      [zonal],
      [at('w-2', 'b')],
      'volume',
    ],
    ['a volume of the host', data, [volume('data', terms(HOST, 'w-1'))], [at('w-2', 'a')], 'volume'],
    [
      'volumes that share only this host',
      both,
      [volume('data', terms(HOST, 'w-1', 'w-2')), volume('logs', terms(HOST, 'w-1', 'w-3'))],
      [at('w-2', 'a'), at('w-3', 'a')],
      'volume',
    ],
    [
      'volumes that share only this host, one of them of its zone',
      both,
      [zonal, volume('logs', terms(HOST, 'w-1', 'w-3'))],
      [at('w-2', 'a'), at('w-3', 'b')],
      'volume',
    ],
    [
      'a node with labels and volume',
      { nodeSelector: { disk: 'ssd' }, ...data },
      [zonal],
      [at('w-2', 'a'), node('w-3', { labels: { [HOST]: 'w-3', zone: 'b', disk: 'ssd' } })],
      'labels-with-volume',
    ],
    ['a volume, where the other node of its zone is cordoned', data, [zonal], [at('w-2', 'a', cordoned)], 'volume'],
    ['a toleration', { nodeSelector: { zone: 'a' } }, [], [at('w-2', 'a', tainted)], 'taints'],
    [
      'an open node, though a tainted one is open',
      { nodeSelector: { zone: 'a' } },
      [],
      [at('w-2', 'a', tainted), at('w-3', 'a', cordoned)],
      'closed',
    ],
    ['an open node, where another is not Ready', { nodeSelector: { zone: 'a' } }, [], [at('w-2', 'a', down)], 'closed'],
    [
      'an open node of two hosts',
      { nodeAffinity: terms(HOST, 'w-1', 'w-2') },
      [],
      [at('w-2', 'a', cordoned)],
      'closed',
    ],
  ])('what is missing is %s', (_what, about, volumes, others, expected) => {
    const nodes = [at('w-1', 'a'), ...others, ...hosts];
    expect(homeless({ nodes, pods: [asking('a', 1, about)], volumes })).toEqual([
      expect.objectContaining({ scarce: { kind: expected } }),
    ]);
  });

  it('each drain is explained anew', () => {
    const nodes = [at('w-1', 'a', cordoned), at('w-2', 'a'), ...hosts];
    const pods = [asking('a', 600, data), asking('b', 600, { ...data, node: 'w-2' })];
    const found = homeless({ nodes, pods, volumes: [zonal] }, ['w-1'], ['w-2']);
    expect(found.map(({ pod: { name }, scarce: { kind } }) => `${name} ${kind}`)).toEqual(['a resource', 'b volume']);
  });
});

describe('what is scarce', () => {
  const label = { labels: { disk: 'ssd' } };

  it.each<[string, readonly NodeView[], Partial<PodView>, Homeless['scarce']]>([
    ['is a label', [node('w-2')], { nodeSelector: { disk: 'ssd' } }, { kind: 'labels' }],
    [
      'is a toleration',
      [node('w-2'), node('w-3', { ...label, taints: [{ key: 'x', value: '', effect: 'NoExecute' }] })],
      { nodeSelector: { disk: 'ssd' } },
      { kind: 'taints' },
    ],
    [
      'is CPU, as far as the pod may go',
      [node('w-2', { allocatable: { ...ROOM, cpuMilli: 9_000 } }), node('w-3', label)],
      { requests: { cpuMilli: 2_000, memoryBytes: 0, pods: 1 }, nodeSelector: { disk: 'ssd' } },
      { kind: 'resource', name: 'cpu', wanted: 2_000, most: 1_000 },
    ],
    [
      'is memory',
      [node('w-2')],
      { requests: { cpuMilli: 1, memoryBytes: 2_000, pods: 1 } },
      { kind: 'resource', name: 'memory', wanted: 2_000, most: 1_000 },
    ],
    [
      'is the number of pods',
      [node('w-2', { allocatable: { ...ROOM, pods: 0 } })],
      {},
      { kind: 'resource', name: 'pods', wanted: 1, most: 0 },
    ],
    [
      'is a device',
      [node('w-2')],
      { requests: { cpuMilli: 1, memoryBytes: 0, pods: 1, others: { gpu: 1 } } },
      { kind: 'resource', name: 'gpu', wanted: 1, most: 0 },
    ],
    [
      'is one node with all of it',
      [
        node('w-2', { allocatable: { ...ROOM, memoryBytes: 10 } }),
        node('w-3', { allocatable: { ...ROOM, cpuMilli: 10 } }),
      ],
      { requests: { cpuMilli: 500, memoryBytes: 500, pods: 1 } },
      { kind: 'together' },
    ],
  ])('%s', (_what, others, more, expected) => {
    expect(homeless({ nodes: [node('w-1', label), ...others], pods: [asking('a', 1, more)] })).toEqual([
      expect.objectContaining({ scarce: expected }),
    ]);
  });
});
