import { LOOKS } from '../../../../src/cluster/looks.ts';
import { NO_RESOURCES } from '../../../../src/cluster/resources.ts';
import type { ClusterSnapshot, NodeView, PodView } from '../../../../src/cluster/snapshot.ts';
import type { DrainPolicy } from '../../../../src/policy/policy.ts';
import { NO_POLICY } from '../../../../src/policy/settings.ts';
import { budget, cluster, component, controlPlane, pod, worker } from '../cluster-builder.ts';
import { NODES, of, STAYING, web } from './drained-world.ts';
import { findingsOf, found } from './found.ts';

describe('a pod without a controller', () => {
  it('stops the plan, because the drain would refuse to lose it', () => {
    expect(found('POD_UNMANAGED', of(web(2, { controller: undefined })))).toEqual([
      [
        'block',
        '2 pods without a controller would be lost for good, so the drain of their nodes would stop: ' +
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

describe('a pod that may take long to stop', () => {
  const drain = (more: Partial<DrainPolicy>) => ({ policy: { ...NO_POLICY, drain: { ...NO_POLICY.drain, ...more } } });
  const said = (graceSeconds: number, more: Partial<DrainPolicy> = {}) =>
    found('GRACE_OUTLASTS_DRAIN', of(web(1, { graceSeconds })), 'next', undefined, drain(more));

  it('is warned about where its drain would be over before', () => {
    expect(said(7_200)).toEqual([
      [
        'warn',
        '1 pod may take longer to stop than a drain may last (1 h), after which the node has failed and the run halts: ' +
          'default/web-0 on w-1 (2 h).',
      ],
    ]);
    expect(said(3_600)).toHaveLength(1);
    expect(said(3_599)).toEqual([]);
  });

  it('goes by what the policy gives drains and pods', () => {
    expect(said(7_200, { timeoutSeconds: 7_201 })).toEqual([]);
    expect(said(7_200, { graceSeconds: 60 })).toEqual([]);
    expect(said(30, { graceSeconds: 60, timeoutSeconds: 45 })).toHaveLength(1);
  });

  it.each(STAYING)('does not matter among those %s', (_what, more) => {
    expect(found('GRACE_OUTLASTS_DRAIN', of(web(1, { graceSeconds: 7_200, ...more })))).toEqual([]);
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

describe('a workload whose ready replicas share a node', () => {
  const dns = (place: string, more: Partial<PodView> = {}) => pod(`dns-${place}`, place.slice(0, 3), more);
  const open = budget('none', { rule: 'minAvailable: 0', desiredHealthy: 0 });

  it.each<[string, PodView[], Partial<ClusterSnapshot>, string | undefined]>([
    ['all of them', [dns('w-1a'), dns('w-1b')], {}, '2 on w-1'],
    ['all but those that are not ready', [dns('w-1a'), dns('w-1b'), dns('w-2a', { ready: false })], {}, '2 on w-1'],
    ['under a budget that keeps none', [dns('w-1a'), dns('w-1b')], { budgets: [open] }, '2 on w-1'],
    ['under a budget that keeps some', [dns('w-1a'), dns('w-1b')], { budgets: [budget('two')] }, undefined],
    [
      'under a budget that is content with other pods',
      [dns('w-1a'), dns('w-1b')],
      { budgets: [budget('wide', { currentHealthy: 6, desiredHealthy: 4 })] },
      '2 on w-1',
    ],
    ['on two nodes', [dns('w-1a'), dns('w-2a')], {}, undefined],
    ['on two nodes, and two on one', [dns('w-1a'), dns('w-2a'), dns('w-1b'), dns('w-1c')], {}, undefined],
    ['the only one that is ready', [dns('w-1a'), dns('w-2a', { ready: false })], {}, '1 on w-1'],
    [
      'the only one that is there',
      [dns('w-1a'), dns('x', { node: undefined, phase: 'Pending', ready: false })],
      {},
      '1 on w-1',
    ],
    ['none that is ready', [dns('w-1a', { ready: false }), dns('w-1b', { ready: false })], {}, undefined],
    [
      'beside one that is leaving, or has failed',
      [dns('w-1a'), dns('w-2a', { deletingSince: 0 }), dns('w-2b', { phase: 'Failed' })],
      {},
      undefined,
    ],
    ['a single one, which is told by itself', [dns('w-1a')], {}, undefined],
    ['on a node that is not drained', [dns('w-9a'), dns('w-9b')], {}, undefined],
  ])('%s', (_what, pods, more, told) => {
    expect(found('REPLICAS_TOGETHER', cluster([...NODES, worker('w-3', '1.36.2')], { pods, ...more }))).toEqual(
      told === undefined
        ? []
        : [
            [
              'warn',
              '1 workload will be down while all ready replicas move at once, because these share a node and no ' +
                `budget keeps any: default/web (ReplicaSet, ${told}).`,
            ],
          ],
    );
  });

  describe('once others were drained', () => {
    const TOLD =
      '1 workload may be down while all ready replicas move at once, because the drains before bring these together on ' +
      'one node, or leave the others Pending, and no budget keeps any: default/web (ReplicaSet, ';
    const spread = [dns('w-1a'), dns('w-2a')];
    const third = (more: Partial<NodeView> = {}) => worker('w-3', '1.36.2', more);

    it.each<[string, readonly NodeView[], Partial<ClusterSnapshot>, string | undefined]>([
      ['because there is no third', NODES, {}, '2 on w-2'],
      ['but for a third, where they go instead', [...NODES, third()], {}, undefined],
      ['because the third takes none', [...NODES, third({ unschedulable: true })], {}, '2 on w-2'],
      ['because the third has no room', [...NODES, third({ allocatable: NO_RESOURCES })], {}, '2 on w-2'],
      ['is kept by a budget', NODES, { budgets: [budget('one')] }, undefined],
      ['where one stays', NODES, { pods: [...spread, dns('w-9a')] }, undefined],
    ])('%s', (_why, nodes, more, told) => {
      expect(found('REPLICAS_TOGETHER', cluster(nodes, { pods: spread, ...more }))).toEqual(
        told === undefined ? [] : [['warn', `${TOLD}${told}).`]],
      );
    });

    it('and the other is Pending, since its node stays cordoned', () => {
      const selector = { matchLabels: { app: 'web' }, matchExpressions: [] };
      const antiAffinity = [{ selector, namespaces: ['default'], topologyKey: 'kubernetes.io/hostname' }];
      const pods = [dns('w-1a', { antiAffinity }), dns('w-2a', { antiAffinity })];
      const [cp, w1, w2] = NODES;
      const nodes = [cp, w1 && { ...w1, unschedulable: true }, w2].filter(node => node !== undefined);
      expect(found('REPLICAS_TOGETHER', cluster(nodes, { pods }))).toEqual([['warn', `${TOLD}1 on w-2).`]]);
    });
  });

  it('is none where they are pods of a Job, or of a DaemonSet', () => {
    for (const kind of ['Job', 'DaemonSet']) {
      const pods = ['w-1a', 'w-1b'].map(place => dns(place, { controller: { kind, name: 'x', uid: 'uid-x' } }));
      expect(found('REPLICAS_TOGETHER', cluster(NODES, { pods, daemonSets: new Set(['default/x']) }))).toEqual([]);
    }
  });
});

describe('a pod whose DaemonSet is gone', () => {
  const agent: Partial<PodView> = { controller: { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' } };

  it('stops the plan, and one whose DaemonSet is there does not', () => {
    const pods = web(1, agent);
    expect(found('DAEMONSET_GONE', cluster(NODES, { pods }))).toEqual([
      [
        'block',
        'The DaemonSet of 1 pod is gone, so the drain of their nodes would stop rather than evict what nothing would create again: ' +
          'default/web-0 on w-1 (of agent).',
      ],
    ]);
    expect(found('DAEMONSET_GONE', cluster(NODES, { pods, daemonSets: new Set(['default/agent']) }))).toEqual([]);
    expect(found('DAEMONSET_GONE', cluster(NODES, { pods, daemonSets: new Set(['shop/agent']) }))).toHaveLength(1);
  });

  it('leaves by force where the policy says so, as one without a controller does', () => {
    const policy = { ...NO_POLICY, drain: { ...NO_POLICY.drain, force: true } };
    expect(found('DAEMONSET_GONE', of(web(1, agent)), 'next', undefined, { policy })).toEqual([
      ['warn', expect.stringContaining('and the drain evicts by force what nothing would create again')],
    ]);
    expect(found('POD_UNMANAGED', of(web(1, { controller: undefined })), 'next', undefined, { policy })).toEqual([
      ['warn', expect.stringContaining('because the drain evicts them by force')],
    ]);
  });

  it('comes with the way to lose it', () => {
    for (const [code, pods] of [
      ['DAEMONSET_GONE', web(1, agent)],
      ['POD_UNMANAGED', web(1, { controller: undefined })],
    ] as const) {
      const remedy = findingsOf(of(pods)).find(each => each.code === code)?.remedy;
      expect(remedy).toContain('plan with --force, or set drain.force in the policy');
    }
  });

  const forced = (more: Partial<PodView>, rest: Partial<ClusterSnapshot> = {}) =>
    findingsOf(cluster(NODES, { pods: web(1, { ...agent, ...more }), ...rest }), 'next', undefined, {
      asks: { drain: { force: true } },
    }).map(({ code, severity }) => (severity === 'ok' ? '' : code));

  it('is evicted by force, so that its budget must let it go', () => {
    const never = [budget('web', { desiredHealthy: 3, disruptionsAllowed: 0 })];
    expect(forced({}, { budgets: never })).toContain('PDB_BLOCKS_DRAIN');
    expect(forced({}, { budgets: never, daemonSets: new Set(['default/agent']) })).not.toContain('PDB_BLOCKS_DRAIN');
    expect(found('PDB_BLOCKS_DRAIN', of(web(1, agent), never))).toEqual([]);
  });

  it('is not evicted where nobody could tell which DaemonSets there are', () => {
    const unreadable = [{ what: LOOKS.daemonSets, why: 'forbidden' }];
    const never = [budget('web', { desiredHealthy: 3, disruptionsAllowed: 0 })];
    expect(forced({}, { budgets: never, unreadable })).not.toContain('PDB_BLOCKS_DRAIN');
  });

  it.each([
    ['of a DaemonSet', agent],
    ['without a controller', { controller: undefined }],
  ])('and that is lost by force needs no room: one %s', (_what, more) => {
    expect(forced({ ...more, requests: { cpuMilli: 1e6, memoryBytes: 0, pods: 1 } })).not.toContain('NO_ROOM');
  });

  it('does not matter where the pod selector has it stay', () => {
    const podSelector = { matchLabels: { app: 'db' }, matchExpressions: [] };
    expect(found('DAEMONSET_GONE', of(web(1, agent)), 'next', undefined, { asks: { drain: { podSelector } } })).toEqual(
      [],
    );
  });

  it.each([
    ['that has finished', { phase: 'Succeeded' } as const],
    ['that is stopping already', { deletingSince: 0 }],
    ['on a node that is not drained', { node: 'w-9' }],
  ])('does not matter where it is one %s', (_what, more) => {
    expect(found('DAEMONSET_GONE', of(web(1, { ...agent, ...more })))).toEqual([]);
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
