import type { PodView } from '../../../../src/cluster/snapshot.ts';
import { cluster, controlPlane, pod, worker } from '../cluster-builder.ts';
import { found } from './found.ts';

describe('Capstan on the cluster that it upgrades', () => {
  const nodes = [controlPlane('cp-1', '1.36.2'), worker('w-1', '1.36.2')];
  const own = (name: string, more: Partial<PodView> = {}, instance = 'capstan') =>
    pod(name, 'w-1', {
      labels: {
        'app.kubernetes.io/part-of': 'capstan',
        'app.kubernetes.io/component': 'worker',
        'app.kubernetes.io/instance': instance,
      },
      ...more,
    });

  it('is told that it will be moved', () => {
    expect(found('CAPSTAN_MOVES', cluster(nodes, { pods: [own('worker-a'), pod('web', 'w-1')] }))).toEqual([
      ['warn', '1 pod of Capstan itself will be moved, last of all: default/worker-a on w-1.'],
    ]);
    expect(found('CAPSTAN_MOVES', cluster(nodes, { pods: [own('worker-a', { node: 'w-9' })] }))).toEqual([]);
  });

  it('must find another node for its Redis, and for its last worker', () => {
    const two = [...nodes, worker('w-2', '1.36.2')];
    const redis = own('redis', {
      labels: { 'app.kubernetes.io/part-of': 'capstan', 'app.kubernetes.io/component': 'redis' },
    });
    const stranded = (pods: readonly PodView[], on = nodes) => found('CAPSTAN_STRANDED', cluster(on, { pods }));
    expect(stranded([redis, own('worker-a')])).toEqual([
      [
        'block',
        'The upgrade of w-1 would never end: default/redis, default/worker-a would find no other node, and without them ' +
          'nobody would uncordon this one.',
      ],
    ]);
    expect(stranded([redis, own('worker-a')], two)).toEqual([]);
    const elsewhere = own('worker-b', { node: 'w-9' });
    expect(stranded([own('worker-a'), elsewhere])).toEqual([]);
    expect(stranded([own('worker-a'), { ...elsewhere, phase: 'Failed' }])).toHaveLength(1);
    const bot = own('bot', {
      labels: { 'app.kubernetes.io/part-of': 'capstan', 'app.kubernetes.io/component': 'bot' },
    });
    expect(stranded([bot])).toEqual([]);
  });

  it('is warned of another of its kind', () => {
    const two = [own('worker-a'), own('worker-b', { namespace: 'other' })];
    expect(found('ANOTHER_CAPSTAN', cluster(nodes, { pods: two }))).toEqual([
      ['warn', 'Workers of several installations of Capstan run on this cluster: default/capstan, other/capstan.'],
    ]);
    expect(found('ANOTHER_CAPSTAN', cluster(nodes, { pods: [own('a'), own('b')] }))).toEqual([]);
    expect(found('ANOTHER_CAPSTAN', cluster(nodes, { pods: [own('a'), own('b', {}, 'second')] }))).toHaveLength(1);
    expect(found('ANOTHER_CAPSTAN', cluster(nodes, { pods: [own('a'), own('b', { phase: 'Failed' }, 'x')] }))).toEqual(
      [],
    );
  });
});
