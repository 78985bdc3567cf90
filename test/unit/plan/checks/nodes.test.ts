import type { NodeView } from '../../../../src/cluster/snapshot.ts';
import { cluster, controlPlane, exampleClaim, pod, worker } from '../cluster-builder.ts';
import { found } from './found.ts';

const CP = controlPlane('cp-1', '1.36.2');
const W = worker('w-1', '1.36.2');

describe('a node that is not Ready', () => {
  it.each<[string, readonly NodeView[], [string, string][]]>([
    ['none', [CP, W], []],
    [
      'a worker',
      [CP, W, worker('w-2', '1.36.2', { ready: 'False' })],
      [['warn', 'Worker nodes are not Ready and are left out: w-2.']],
    ],
    [
      'a worker that stopped reporting',
      [CP, W, worker('w-2', '1.36.2', { ready: 'Unknown' })],
      [['warn', 'Worker nodes are not Ready and are left out: w-2 (stopped reporting).']],
    ],
    [
      'a control-plane node',
      [CP, W, controlPlane('cp-2', '1.36.2', { ready: 'False' })],
      [['block', 'Control-plane nodes are not Ready: cp-2.']],
    ],
    [
      'more than can be named',
      [CP, W, ...Array.from({ length: 7 }, (_, n) => worker(`x-${n}`, '1.36.2', { ready: 'False' }))],
      [['warn', 'Worker nodes are not Ready and are left out: x-0, x-1, x-2, x-3, x-4 and 2 more.']],
    ],
  ])('%s', (_what, nodes, expected) => {
    expect(found('NODE_NOT_READY', cluster(nodes), 'patch')).toEqual(expected);
  });
});

describe('a node under pressure', () => {
  it('is named with what it is short of', () => {
    const pressed = worker('w-2', '1.36.2', { pressures: ['DiskPressure', 'PIDPressure'] });
    expect(found('NODE_PRESSURE', cluster([CP, W, pressed]))).toEqual([
      ['warn', 'Nodes report trouble: w-2 (DiskPressure, PIDPressure).'],
    ]);
    expect(found('NODE_PRESSURE', cluster([CP, W]))).toEqual([]);
  });
});

describe('a cordoned node', () => {
  const claim = exampleClaim({ run: 'r0', work: 'h0-2-w-2' });

  it.each<[string, Partial<NodeView>, boolean]>([
    ['cordoned by somebody', { unschedulable: true }, true],
    ['not cordoned', {}, false],
    ['cordoned by a run', { unschedulable: true, claim }, false],
    [
      'cordoned by somebody before a run came',
      { unschedulable: true, claim: { ...claim, wasUnschedulable: true } },
      true,
    ],
    ['claimed and uncordoned', { claim: { ...claim, wasUnschedulable: true } }, false],
  ])('%s: told %s', (_what, more, told) => {
    expect(found('NODE_CORDONED', cluster([CP, W, worker('w-2', '1.36.2', more)]))).toEqual(
      told ? [['warn', 'Somebody has cordoned w-2.']] : [],
    );
  });

  it('is named with the pods that can run nowhere else, since it is not given back to them', () => {
    const nodes = [CP, W, worker('w-2', '1.36.2', { unschedulable: true, labels: { disk: 'ssd' } })];
    const pods = [
      pod('db-0', 'w-2', { nodeSelector: { disk: 'ssd' } }),
      pod('web-0', 'w-2'),
      pod('db-1', 'w-1', { nodeSelector: { 'kubernetes.io/hostname': 'w-1' } }),
    ];
    expect(found('POD_TIED_TO_CORDONED', cluster(nodes, { pods }))).toEqual([
      [
        'warn',
        '1 pod on nodes that somebody has cordoned can run nowhere else, and will be Pending after the upgrade: ' +
          'default/db-0 on w-2.',
      ],
    ]);
  });

  it('that a run still claims is named with that run, unless it is the one that asks', () => {
    const claimed = ['w-2', 'w-3'].map(name => worker(name, '1.36.2', { claim }));
    const other = worker('w-4', '1.36.2', { claim: { ...claim, run: 'r9' } });
    const snapshot = cluster([CP, W, ...claimed, other]);
    expect(found('NODE_CLAIMED', snapshot)).toEqual([
      ['warn', 'Run r0 still claims w-2, w-3.'],
      ['warn', 'Run r9 still claims w-4.'],
    ]);
    expect(found('NODE_CLAIMED', snapshot, 'next', undefined, { ownRun: 'r0' })).toEqual([
      ['warn', 'Run r9 still claims w-4.'],
    ]);
  });
});
