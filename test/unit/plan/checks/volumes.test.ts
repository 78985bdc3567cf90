import type { NodeView, PodView, VolumeView } from '../../../../src/cluster/snapshot.ts';
import { cluster, controlPlane, pod, worker } from '../cluster-builder.ts';
import { found } from './found.ts';

describe('a volume', () => {
  const nodes = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2'), worker('w-2', '1.36.2')];
  const on = (key: string, ...values: string[]): VolumeView['nodeAffinity'] => [
    { labels: [{ key, operator: 'In', values }], fields: [] },
  ];
  const byName = (...values: string[]): VolumeView['nodeAffinity'] => [
    { labels: [], fields: [{ key: 'metadata.name', operator: 'In', values }] },
  ];
  const volume = (more: Partial<VolumeView> = {}): VolumeView => ({
    name: 'pv-1',
    claim: 'default/data',
    hostPath: false,
    nodeAffinity: on('kubernetes.io/hostname', 'w-1'),
    ...more,
  });
  const using = (volumes: readonly VolumeView[], more: Partial<PodView> = {}, all: readonly NodeView[] = nodes) =>
    cluster(all, { volumes, pods: [pod('db-0', 'w-1', { claims: ['data'], ...more })] });
  const TIED = 'default/db-0 on w-1 (pv-1)';

  it.each<[string, readonly VolumeView[], Partial<PodView>, readonly NodeView[], string[]]>([
    ['of one node', [volume()], {}, nodes, [TIED]],
    ['of one node, by its name', [volume({ nodeAffinity: byName('w-1') })], {}, nodes, [TIED]],
    ['of two nodes', [volume({ nodeAffinity: on('kubernetes.io/hostname', 'w-1', 'w-2') })], {}, nodes, []],
    [
      'of two nodes in two terms',
      [volume({ nodeAffinity: [...byName('w-1'), ...on('kubernetes.io/hostname', 'w-2')] })],
      {},
      nodes,
      [],
    ],
    [
      'of two nodes, of which the other is cordoned',
      [volume({ nodeAffinity: on('kubernetes.io/hostname', 'w-1', 'w-2') })],
      {},
      [...nodes.slice(0, 2), worker('w-2', '1.36.2', { unschedulable: true })],
      [TIED],
    ],
    [
      'of a zone in which no other node is',
      [volume({ nodeAffinity: on('zone', 'a') })],
      {},
      [
        nodes[0],
        worker('w-1', '1.36.2', { labels: { zone: 'a' } }),
        worker('w-2', '1.36.2', { labels: { zone: 'b' } }),
      ].flatMap(node => node ?? []),
      [TIED],
    ],
    [
      'of every node',
      [volume({ nodeAffinity: [{ labels: [{ key: 'x', operator: 'DoesNotExist', values: [] }], fields: [] }] })],
      {},
      nodes,
      [],
    ],
    ['of another namespace', [volume({ claim: 'shop/data' })], {}, nodes, []],
    ['of a pod that stays', [volume()], { mirror: true }, nodes, []],
  ])('%s', (_what, volumes, more, all, names) => {
    expect(found('VOLUME_ON_NODE', using(volumes, more, all))).toEqual(
      names.map(name => [
        'warn',
        `1 pod can run nowhere else, because no other node that takes pods can mount all its volumes: ${name}.`,
      ]),
    );
  });

  it.each<[string, readonly VolumeView[], Partial<PodView>, boolean]>([
    ['in a directory of the node', [], { hostPath: true }, true],
    ['in a volume that is one', [volume({ hostPath: true, nodeAffinity: [] })], {}, true],
    ['in one that ties it to the node', [volume({ hostPath: true })], {}, false],
    ['nowhere', [], {}, false],
  ])('data %s stays behind: %s', (_where, volumes, more, told) => {
    expect(found('HOSTPATH_DATA', using(volumes, more))).toEqual(
      told
        ? [['warn', 'What 1 pod wrote to directories of the node (hostPath) stays behind: default/db-0 on w-1.']]
        : [],
    );
  });
});
