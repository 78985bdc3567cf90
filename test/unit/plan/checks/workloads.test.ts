import type { BudgetView, ClusterSnapshot, NodeView, PodView } from '../../../../src/cluster/snapshot.ts';
import { NO_POLICY } from '../../../../src/policy/settings.ts';
import { budget, cluster, component, controlPlane, pod, worker } from '../cluster-builder.ts';
import { found } from './found.ts';

const NODES = [controlPlane('cp-1', '1.35.4'), worker('w-1', '1.35.4'), worker('w-2', '1.35.4')];

function web(count: number, more: Partial<PodView> = {}): PodView[] {
  return Array.from({ length: count }, (_, index) => pod(`web-${index}`, 'w-1', more));
}

function of(pods: readonly PodView[], budgets: readonly BudgetView[] = [], nodes: readonly NodeView[] = NODES) {
  return cluster(nodes, { pods, budgets });
}

/** Pods that no drain evicts. */
const STAYING: readonly [string, Partial<PodView>][] = [
  ['of a DaemonSet', { controller: { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' } }],
  ['of the kubelet itself', { mirror: true }],
  ['that have finished', { phase: 'Succeeded' }],
  ['that are stopping already', { deletingSince: 0 }],
  ['on a node that is not drained', { node: 'w-9' }],
  ['that nobody scheduled', { node: undefined }],
];

describe('a disruption budget', () => {
  const never = { rule: 'minAvailable: 100%', desiredHealthy: 3, disruptionsAllowed: 0 };
  const used = { currentHealthy: 2, disruptionsAllowed: 0 };

  it.each<[string, Partial<BudgetView>, Partial<PodView>, string[]]>([
    ['that allows its pods to move', {}, {}, []],
    ['that can never allow it', never, {}, ['PDB_BLOCKS_DRAIN']],
    ['that is used up now', used, {}, ['PDB_EXHAUSTED']],
    ['whose count has not caught up', { ...used, disruptionsAllowed: 1 }, {}, ['PDB_EXHAUSTED']],
    ['that counts no pod at all', { ...never, expectedPods: 0, desiredHealthy: 0 }, {}, ['PDB_EXHAUSTED']],
    ['that can never allow it, for pods that are not ready', never, { ready: false }, ['PDB_BLOCKS_DRAIN']],
    ['whose policy lets unready pods go', { ...never, alwaysEvictUnhealthy: true }, { ready: false }, []],
    [
      'whose policy lets unready pods go, for ready ones',
      { ...never, alwaysEvictUnhealthy: true },
      {},
      ['PDB_BLOCKS_DRAIN'],
    ],
    ['for pods that have not started', never, { phase: 'Pending', ready: false }, []],
    ['of other pods', { ...never, selector: { matchLabels: { app: 'db' }, matchExpressions: [] } }, {}, []],
    ['of another namespace', { ...never, namespace: 'shop' }, {}, []],
    ...STAYING.map(([what, more]): [string, Partial<BudgetView>, Partial<PodView>, string[]] => [
      `for pods ${what}`,
      never,
      more,
      [],
    ]),
  ])('%s', (_what, rule, more, codes) => {
    const snapshot = of(web(1, more), [budget('web', rule)]);
    const all = ['PDB_BLOCKS_DRAIN', 'PDB_EXHAUSTED'].filter(code => found(code, snapshot).length > 0);
    expect(all).toEqual(codes);
  });

  it('is named with its rule, its pods and their nodes', () => {
    expect(found('PDB_BLOCKS_DRAIN', of(web(3), [budget('web', never)]))).toEqual([
      [
        'block',
        'PodDisruptionBudget default/web (minAvailable: 100%) never allows a disruption: it wants 3 of 3 pods healthy. ' +
          'It guards default/web-0, default/web-1, default/web-2 on w-1.',
      ],
    ]);
    expect(found('PDB_EXHAUSTED', of(web(1), [budget('web', used)]))).toEqual([
      [
        'warn',
        'PodDisruptionBudget default/web (minAvailable: 2) allows no disruption at the moment: 2 of 3 pods are healthy, ' +
          '2 must be. It guards default/web-0 on w-1.',
      ],
    ]);
  });
});

describe('several budgets on one pod', () => {
  const both = [budget('web'), budget('web-too')];

  it('stop the plan, once for each set of budgets', () => {
    expect(found('PDB_OVERLAP', of(web(3), both))).toEqual([
      [
        'block',
        '3 pods cannot be evicted, because several budgets select them (default/web, default/web-too): ' +
          'default/web-0, default/web-1, default/web-2.',
      ],
    ]);
  });

  it.each([['that have not started', { phase: 'Pending' }] as const, ...STAYING])(
    'do not matter for pods %s',
    (_what, more) => {
      expect(found('PDB_OVERLAP', of(web(1, more), both))).toEqual([]);
    },
  );

  it('in different namespaces are none', () => {
    expect(found('PDB_OVERLAP', of(web(1), [budget('web'), budget('web', { namespace: 'shop' })]))).toEqual([]);
  });
});

describe('a pod without a controller', () => {
  it('is warned about, because it would be lost', () => {
    expect(found('POD_UNMANAGED', of(web(2, { controller: undefined })))).toEqual([
      [
        'warn',
        '2 pods without a controller would be lost for good, and the drain stops rather than evict them: ' +
          'default/web-0 on w-1, default/web-1 on w-1.',
      ],
    ]);
  });

  it.each(STAYING.filter(([what]) => !what.includes('DaemonSet')))('does not matter among those %s', (_what, more) => {
    expect(found('POD_UNMANAGED', of(web(1, { controller: undefined, ...more })))).toEqual([]);
  });
});

describe('a pod with an emptyDir', () => {
  it('is warned about', () => {
    expect(found('EMPTYDIR_DATA', of(web(1, { emptyDir: true })))).toEqual([
      ['warn', 'The drains delete the emptyDir volumes of 1 pod: default/web-0.'],
    ]);
  });

  it.each(STAYING)('does not matter among those %s', (_what, more) => {
    expect(found('EMPTYDIR_DATA', of(web(1, { emptyDir: true, ...more })))).toEqual([]);
  });
});

describe('a workload with a single replica', () => {
  it.each<[string, readonly PodView[], string[]]>([
    ['is warned about', web(1), ['default/web (ReplicaSet)']],
    ['is none with a second one on the same node', web(2), []],
    ['is none with a second one elsewhere', [...web(1), pod('web-9', 'w-9')], []],
    [
      'is one where the second has failed',
      [...web(1), pod('web-9', 'w-9', { phase: 'Failed' })],
      ['default/web (ReplicaSet)'],
    ],
    ['is no Job', web(1, { controller: { kind: 'Job', name: 'backup', uid: 'uid-job' } }), []],
    ['is no pod without a controller', web(1, { controller: undefined }), []],
    ['that is not moved does not matter', web(1, { node: 'w-9' }), []],
  ])('%s', (_what, pods, workloads) => {
    expect(found('SINGLE_REPLICA', of(pods))).toEqual(
      workloads.map(name => ['warn', `1 workload with a single replica will be down while it moves: ${name}.`]),
    );
  });
});

describe('a workload that is scaled', () => {
  const hashed: Partial<PodView> = {
    labels: { app: 'web', 'pod-template-hash': '5d8f' },
    controller: { kind: 'ReplicaSet', name: 'web-5d8f', uid: 'uid-rs' },
  };
  const scaled = (kind: 'Deployment' | 'StatefulSet', replicas: number) => ({
    workloads: [{ kind, namespace: 'default', name: 'web', replicas }],
  });
  const stateful: Partial<PodView> = { controller: { kind: 'StatefulSet', name: 'web', uid: 'uid-sts' } };

  it.each<[string, Partial<PodView>, Partial<ClusterSnapshot>, string[]]>([
    ['to one', hashed, scaled('Deployment', 1), ['default/web (Deployment)']],
    ['to three, of which one is there', hashed, scaled('Deployment', 3), []],
    ['to one as a StatefulSet', stateful, scaled('StatefulSet', 1), ['default/web (StatefulSet)']],
    ['to one elsewhere', { ...stateful, namespace: 'shop' }, scaled('StatefulSet', 2), ['shop/web (StatefulSet)']],
    [
      'to one, under a budget',
      hashed,
      { ...scaled('Deployment', 1), budgets: [budget('web')] },
      ['default/web (Deployment, budget default/web)'],
    ],
  ])('%s', (_what, more, snapshot, names) => {
    expect(found('SINGLE_REPLICA', cluster(NODES, { pods: web(1, more), ...snapshot }))).toEqual(
      names.map(name => ['warn', `1 workload with a single replica will be down while it moves: ${name}.`]),
    );
  });

  it('is one workload, though two of its pods are there for a moment', () => {
    const pods = [
      ...web(1, hashed),
      pod('web-new', 'w-2', { ...hashed, controller: { kind: 'ReplicaSet', name: 'web-5d8f', uid: 'x' } }),
    ];
    expect(found('SINGLE_REPLICA', cluster(NODES, { pods, ...scaled('Deployment', 1) }))).toHaveLength(1);
  });
});

describe('a pod whose DaemonSet is gone', () => {
  const agent: Partial<PodView> = { controller: { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' } };

  it('is warned about, and one whose DaemonSet is there is not', () => {
    const pods = web(1, agent);
    expect(found('DAEMONSET_GONE', cluster(NODES, { pods }))).toEqual([
      [
        'warn',
        'The DaemonSet of 1 pod is gone, and the drain stops rather than evict what nothing would create again: ' +
          'default/web-0 on w-1 (of agent).',
      ],
    ]);
    expect(found('DAEMONSET_GONE', cluster(NODES, { pods, daemonSets: new Set(['default/agent']) }))).toEqual([]);
    expect(found('DAEMONSET_GONE', cluster(NODES, { pods, daemonSets: new Set(['shop/agent']) }))).toHaveLength(1);
  });

  it('leaves by force where the policy says so, as one without a controller does', () => {
    const policy = { ...NO_POLICY, drain: { ...NO_POLICY.drain, force: true } };
    expect(found('DAEMONSET_GONE', of(web(1, agent)), 'next', undefined, { policy })).toEqual([
      ['warn', expect.stringContaining('and the policy has the drain evict by force what nothing would create again')],
    ]);
    expect(found('POD_UNMANAGED', of(web(1, { controller: undefined })), 'next', undefined, { policy })).toEqual([
      ['warn', expect.stringContaining('and the policy has the drain evict them by force')],
    ]);
  });

  it.each([
    ['that has finished', { phase: 'Succeeded' } as const],
    ['that is stopping already', { deletingSince: 0 }],
    ['on a node that is not drained', { node: 'w-9' }],
  ])('does not matter where it is one %s', (_what, more) => {
    expect(found('DAEMONSET_GONE', of(web(1, { ...agent, ...more })))).toEqual([]);
  });
});

describe('room for the drained pods', () => {
  const large = { requests: { cpuMilli: 3_000, memoryBytes: 0, pods: 0 } };

  it('is found where other nodes have it', () => {
    expect(found('NO_ROOM', of(web(1, large)))).toEqual([]);
  });

  it('that is missing is told, with the pods and their node', () => {
    expect(found('NO_ROOM', of(web(2, large)))).toEqual([
      ['warn', '1 pod would find no room elsewhere and stay Pending during the upgrade of w-1: default/web-1.'],
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
});

it('a node whose control plane alone is upgraded is not drained, so its pods do not matter', () => {
  const components = (['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const).map(kind =>
    component(kind, 'cp-1', kind === 'kube-apiserver' ? '1.36.4' : '1.35.4'),
  );
  const pods = [pod('bare', 'cp-1', { controller: undefined, emptyDir: true })];
  const torn = cluster([controlPlane('cp-1', '1.36.4')], { components, pods });
  expect(found('POD_UNMANAGED', torn)).toEqual([]);
  expect(found('EMPTYDIR_DATA', torn)).toEqual([]);
});
