import type { Resources } from '../../../../src/cluster/resources.ts';
import type { PodView } from '../../../../src/cluster/snapshot.ts';
import { budget, pod, worker } from '../cluster-builder.ts';
import { NODES, of, STAYING, web } from './drained-world.ts';
import { found } from './found.ts';

const large = asks({ cpuMilli: 3_000 });
const DAEMON = { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' };

function asks(requests: Partial<Resources>): Partial<PodView> {
  return { requests: { cpuMilli: 0, memoryBytes: 0, pods: 1, ...requests } };
}

describe('room for the drained pods', () => {
  it('is found where other nodes have it', () => {
    expect(found('NO_ROOM', of(web(1, large)))).toEqual([]);
  });

  it('that is missing is told, with the pods and their node', () => {
    const elsewhere = pod('full', 'w-2', { ...large, controller: DAEMON });
    expect(found('NO_ROOM', of([...web(2, large), elsewhere]))).toEqual([
      [
        'warn',
        '2 pods would stay Pending during the upgrade of w-1, because no other node that they may run on has enough cpu ' +
          'free: default/web-0 (asks for 3, at most 1 free), default/web-1 (asks for 3, at most 1 free).',
      ],
    ]);
  });

  it('is looked for in the cluster as the drains before have left it', () => {
    // The first of them moves to w-2 and must leave again; back on w-1 is the one that found no place.
    expect(found('NO_ROOM', of(web(2, large)))).toEqual([
      ['warn', expect.stringMatching(/^2 pods would stay Pending during the upgrade of w-1, w-2, .*web-0.*web-1/)],
    ]);
  });

  it.each<[string, Partial<PodView>, RegExp]>([
    ['a label', { nodeSelector: { disk: 'ssd' } }, /no other node has the labels .*: default\/web-0\.$/],
    [
      'memory',
      asks({ memoryBytes: 1.5 * 2 ** 40 }),
      /enough memory free: default\/web-0 \(asks for 1\.5Ti, at most 16Gi free\)\.$/,
    ],
    ['a millicore', asks({ cpuMilli: 4_001 }), /enough cpu free: default\/web-0 \(asks for 4001m, at most 4 free\)\.$/],
    [
      'a device',
      asks({ others: { 'nvidia.com/gpu': 1 } }),
      /enough nvidia\.com\/gpu free: default\/web-0 \(asks for 1, none free\)\.$/,
    ],
    [
      'disk',
      asks({ others: { 'ephemeral-storage': 2 ** 31 } }),
      /enough ephemeral-storage free: default\/web-0 \(asks for 2Gi, none free\)\.$/,
    ],
  ])('that is missing is told with what is scarce: %s', (_what, more, expected) => {
    expect(found('NO_ROOM', of(web(1, more)))).toEqual([['warn', expect.stringMatching(expected)]]);
  });

  it('that is missing for different reasons is told once for each', () => {
    const pods = [...web(1, { nodeSelector: { disk: 'ssd' } }), pod('huge', 'w-1', asks({ cpuMilli: 1e6 }))];
    expect(found('NO_ROOM', of(pods))).toHaveLength(2);
  });

  it('that only a volume denies is told by the check of volumes', () => {
    const nodeAffinity = [{ labels: [], fields: [{ key: 'metadata.name', operator: 'In', values: ['w-1'] } as const] }];
    const volumes = [{ name: 'pv', claim: 'default/data', hostPath: false, nodeAffinity }];
    const snapshot = { ...of(web(1, { claims: ['data'] })), volumes };
    expect(found('NO_ROOM', snapshot)).toEqual([]);
    expect(found('VOLUME_ON_NODE', snapshot)).toHaveLength(1);
  });

  it('that no open node has is told to be closed, and not to be tainted', () => {
    const cordoned = NODES.map(node => (node.name === 'w-2' ? { ...node, unschedulable: true } : node));
    expect(found('NO_ROOM', of(web(1), [], cordoned))).toEqual([
      [
        'warn',
        '1 pod would stay Pending during the upgrade of w-1, because the other nodes that they may run on are cordoned or ' +
          'not Ready: default/web-0.',
      ],
    ]);
  });

  it('is not looked for on control-plane nodes, which such pods do not tolerate', () => {
    expect(found('NO_ROOM', of(web(1), [], NODES.slice(0, 2)))).toHaveLength(1);
  });

  it.each(STAYING)('is not needed by pods %s', (_what, more) => {
    expect(found('NO_ROOM', of(web(1, { requests: { cpuMilli: 1e6, memoryBytes: 0, pods: 0 }, ...more })))).toEqual([]);
  });

  it('that is missing for more pods than their budget can spare stops the plan', () => {
    const three = budget('web', { currentHealthy: 3, expectedPods: 3, desiredHealthy: 2, disruptionsAllowed: 1 });
    const crowded = of(web(3, large), [three]);
    expect(found('NO_ROOM_UNDER_PDB', crowded)).toEqual([
      [
        'block',
        'The drain of w-1 could never end: 2 pods of PodDisruptionBudget default/web (minAvailable: 2) find no room ' +
          'elsewhere, and it can spare 1: default/web-1, default/web-2.',
      ],
    ]);
    // Not now, but once its pods are healthy again, it spares one.
    const usedUp = { ...three, currentHealthy: 2, disruptionsAllowed: 0 };
    expect(found('NO_ROOM_UNDER_PDB', of(web(3, large), [usedUp]))).toHaveLength(1);
    // One that never spares any is told by the check of budgets.
    const never = { ...three, desiredHealthy: 3, disruptionsAllowed: 0 };
    expect(found('NO_ROOM_UNDER_PDB', of(web(3, large), [never]))).toEqual([]);
    expect(found('NO_ROOM_UNDER_PDB', of(web(2, large), [three]))).toEqual([]);
    expect(found('NO_ROOM_UNDER_PDB', of(web(3, { ...large, ready: false }), [three]))).toEqual([]);
  });

  describe('under a budget that spares one', () => {
    const two = budget('web', { currentHealthy: 2, expectedPods: 2, desiredHealthy: 1, disruptionsAllowed: 1 });
    const rival = pod('rival', 'w-1', { ...large, labels: { app: 'rival' } });
    const pinned = pod('web-9', 'w-1', { nodeSelector: { 'kubernetes.io/hostname': 'w-1' } });
    const force = { asks: { drain: { force: true } } };

    it('may be taken by others first: a warning, with what may happen', () => {
      expect(found('NO_ROOM_UNDER_PDB', of([...web(2, large), rival], [two]))).toEqual([
        [
          'warn',
          'The drain of w-1 may never end, by the order in which pods leave: of 2 pods of PodDisruptionBudget default/web ' +
            '(minAvailable: 2) 2 may find no room elsewhere, and it can spare 1: default/web-0, default/web-1.',
        ],
      ]);
    });

    it('is no matter of order where those who leave first take it', () => {
      expect(found('NO_ROOM_UNDER_PDB', of(web(2, large), [two]))).toEqual([]);
      expect(found('NO_ROOM_UNDER_PDB', of([...web(1, large), rival], [two]))).toEqual([]);
    });

    it('is closed for the others where a pod goes first that can run nowhere else', () => {
      expect(found('NO_ROOM_UNDER_PDB', of([...web(1), pinned], [two]))).toEqual([
        ['warn', expect.stringMatching(/of 2 pods .* 1 may find no room elsewhere, .*: default\/web-9\.$/)],
      ]);
      expect(found('NO_ROOM_UNDER_PDB', of([pinned], [two]))).toEqual([]);
      const three = { ...two, currentHealthy: 3, expectedPods: 3, disruptionsAllowed: 2 };
      expect(found('NO_ROOM_UNDER_PDB', of([...web(1), pinned], [three]))).toEqual([]);
      // As long as one that is not healthy stays so, it spares one.
      const sick = { ...three, currentHealthy: 2, disruptionsAllowed: 1 };
      expect(found('NO_ROOM_UNDER_PDB', of([...web(1), pinned], [sick]))).toHaveLength(1);
    });

    it('is closed by pods that are left Pending because their node stays cordoned', () => {
      const cordoned = NODES.map(node => (node.name === 'w-1' ? { ...node, unschedulable: true } : node));
      const nodes = [...cordoned, ...['w-3', 'w-4'].map(name => worker(name, '1.35.4'))];
      expect(found('NO_ROOM_UNDER_PDB', of([pinned, pod('web-1', 'w-2')], [two], nodes))).toEqual([
        [
          'warn',
          'The drains of w-2, w-3 may never end: PodDisruptionBudget default/web (minAvailable: 2) has none to spare while ' +
            'pods of drains before are Pending, and these have to leave: default/web-1.',
        ],
      ]);
    });

    it('is not needed by pods that are lost by force, and never opens once it has lost so many', () => {
      const bare = (name: string, node: string) => pod(name, node, { controller: undefined });
      const told = (...pods: PodView[]) => found('NO_ROOM_UNDER_PDB', of(pods, [two]), 'next', undefined, force);
      expect(told(bare('a', 'w-1'))).toEqual([]);
      expect(told(bare('a', 'w-1'), bare('b', 'w-1'))).toEqual([
        [
          'block',
          'The drain of w-1 could never end: PodDisruptionBudget default/web (minAvailable: 2) can spare 1, pods that are ' +
            'lost by force do not come back, and these cannot all leave: default/a, default/b.',
        ],
      ]);
      expect(told(bare('a', 'w-1'), bare('b', 'w-2'))).toEqual([
        ['block', expect.stringMatching(/^The drain of w-2 could never end: .* can spare 0, .*: default\/b\.$/)],
      ]);
      expect(told(bare('a', 'w-1'), pod('web-1', 'w-1'))).toEqual([
        ['block', expect.stringMatching(/^The drain of w-2 could never end: .* spare 0, .*: default\/web-1\.$/)],
        ['warn', expect.stringMatching(/^The drain of w-1 may never end, .* spare 1: default\/a\.$/)],
      ]);
    });
  });

  it('that is missing for a budget on several nodes is told once', () => {
    const many = [...web(3, large), ...web(3, large).map(each => ({ ...each, name: `${each.name}-b`, node: 'w-2' }))];
    const six = budget('web', { currentHealthy: 6, expectedPods: 6, desiredHealthy: 5, disruptionsAllowed: 1 });
    expect(found('NO_ROOM_UNDER_PDB', of(many, [six]))).toEqual([
      [
        'block',
        expect.stringMatching(/^The drains of w-1, w-2 could never end: \d pods of PodDisruptionBudget default\/web /),
      ],
    ]);
  });
});
