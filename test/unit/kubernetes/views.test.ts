import { V1Node, V1ObjectMeta } from '@kubernetes/client-node';
import { matchesSelector } from '../../../src/cluster/selector.ts';
import { budgetView } from '../../../src/kubernetes/views/budget-view.ts';
import { nodeView } from '../../../src/kubernetes/views/node-view.ts';
import { podView } from '../../../src/kubernetes/views/pod-view.ts';
import type { WireBudget, WireNode, WirePod } from '../../../src/kubernetes/views/wire.ts';
import { exampleClaim } from '../plan/cluster-builder.ts';

describe('the view of a node', () => {
  const NODE: WireNode = {
    metadata: {
      name: 'cp-1',
      uid: 'u1',
      resourceVersion: '7',
      creationTimestamp: '2026-11-01T10:00:00Z',
      labels: { 'node-role.kubernetes.io/control-plane': '' },
      annotations: { 'capstan.dev/claim': '{"run":"r","work":"w","attempt":2,"wasUnschedulable":true}' },
    },
    spec: {
      unschedulable: true,
      taints: [
        { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
        { key: 'odd', effect: 'NoBreakfast' },
      ],
    },
    status: {
      conditions: [
        { type: 'DiskPressure', status: 'True' },
        { type: 'MemoryPressure', status: 'False' },
        { type: 'PIDPressure', status: 'Unknown' },
        {
          type: 'Ready',
          status: 'True',
          lastTransitionTime: '2026-11-02T10:00:00Z',
          lastHeartbeatTime: '2026-11-03T10:00:00Z',
        },
      ],
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      addresses: [
        { type: 'Hostname', address: 'cp-1' },
        { type: 'InternalIP', address: '10.0.0.1' },
      ],
      nodeInfo: {
        kubeletVersion: 'v1.35.4+k3s1',
        osImage: 'Debian GNU/Linux 12',
        operatingSystem: 'linux',
        kernelVersion: '6.12.0-amd64',
        containerRuntimeVersion: 'containerd://2.1.4',
      },
    },
  };

  it('holds what the API tells', () => {
    expect(nodeView(NODE)).toEqual({
      name: 'cp-1',
      uid: 'u1',
      resourceVersion: '7',
      role: 'control-plane',
      labels: { 'node-role.kubernetes.io/control-plane': '' },
      taints: [{ key: 'node-role.kubernetes.io/control-plane', value: '', effect: 'NoSchedule' }],
      unschedulable: true,
      ready: 'True',
      readySince: Date.UTC(2026, 10, 2, 10),
      heardAt: Date.UTC(2026, 10, 3, 10),
      pressures: ['DiskPressure'],
      kubelet: { major: 1, minor: 35, patch: 4, vendor: 'k3s1' },
      kubeletText: 'v1.35.4+k3s1',
      allocatable: { cpuMilli: 4_000, memoryBytes: 8 * 2 ** 30, pods: 110 },
      internalIp: '10.0.0.1',
      osImage: 'Debian GNU/Linux 12',
      containerRuntime: 'containerd://2.1.4',
      os: 'linux',
      kernel: '6.12.0-amd64',
      createdAt: Date.UTC(2026, 10, 1, 10),
      claim: exampleClaim({ run: 'r', work: 'w', attempt: 2, wasUnschedulable: true }),
    });
  });

  it('takes nothing that is missing for fine', () => {
    expect(nodeView({})).toMatchObject({
      role: 'worker',
      ready: 'Unknown',
      readySince: undefined,
      kubelet: undefined,
      kubeletText: '',
      allocatable: { cpuMilli: 0, memoryBytes: 0, pods: 0 },
      internalIp: undefined,
      claim: undefined,
    });
  });

  it.each([
    ['True', 'True'],
    ['False', 'False'],
    ['Unknown', 'Unknown'],
    ['Perhaps', 'Unknown'],
  ])('reads a Ready condition of %s as %s', (status, ready) => {
    expect(nodeView({ status: { conditions: [{ type: 'Ready', status }] } }).ready).toBe(ready);
  });

  it('knows the label that control planes had before 1.20', () => {
    expect(nodeView({ metadata: { labels: { 'node-role.kubernetes.io/master': '' } } }).role).toBe('control-plane');
  });

  it('is the same of client-node’s objects, whose times are dates', () => {
    const node = new V1Node();
    node.metadata = new V1ObjectMeta();
    node.metadata.name = 'cp-1';
    node.metadata.creationTimestamp = new Date(Date.UTC(2026, 10, 1, 10));
    expect(nodeView(node)).toMatchObject({ name: 'cp-1', createdAt: Date.UTC(2026, 10, 1, 10) });
  });
});

describe('the controller of a pod', () => {
  it.each([
    ['apps/v1', 'DaemonSet', 'DaemonSet'],
    ['v1', 'ReplicationController', 'ReplicationController'],
    ['resource.k8s.io/v1', 'ResourceClaim', 'ResourceClaim'],
    ['apps.kruise.io/v1alpha1', 'DaemonSet', 'DaemonSet.apps.kruise.io'],
    ['batch.volcano.sh/v1alpha1', 'Job', 'Job.batch.volcano.sh'],
    ['cluster.x-k8s.io/v1beta1', 'Machine', 'Machine.cluster.x-k8s.io'],
  ])('of %s is told apart from others of the kind %s', (apiVersion, kind, expected) => {
    const ownerReferences = [{ apiVersion, kind, name: 'a', uid: 'u', controller: true }];
    expect(podView({ metadata: { ownerReferences } }).controller?.kind).toBe(expected);
  });
});

describe('the view of a pod', () => {
  const POD: WirePod = {
    metadata: {
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      labels: { app: 'web' },
      ownerReferences: [
        { kind: 'Node', name: 'n', uid: 'x' },
        { kind: 'ReplicaSet', name: 'web', uid: 'y', controller: true },
      ],
    },
    spec: {
      nodeName: 'w-1',
      containers: [
        {
          name: 'main',
          image: 'web:1',
          resources: { requests: { cpu: '100m' } },
          volumeMounts: [{ name: 'cache' }, { name: 'node' }],
        },
      ],
      terminationGracePeriodSeconds: 45,
      volumes: [
        {},
        { name: 'cache', emptyDir: {} },
        { name: 'data', persistentVolumeClaim: { claimName: 'orders' } },
        { name: 'node', hostPath: { type: 'Directory' } },
      ],
      nodeSelector: { disk: 'ssd' },
      priority: 7,
      tolerations: [
        { operator: 'Exists' },
        { key: 'a', value: 'b', effect: 'NoExecute' },
        { key: 'c', operator: 'Lt', value: '3' },
        { key: 'd', operator: 'Exists', effect: 'NoBreakfast' },
      ],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }],
                matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['w-2'] }],
              },
              { matchExpressions: [{ key: 'zone', operator: 'Near', values: ['a'] }] },
            ],
          },
        },
      },
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };

  it('holds what the API tells', () => {
    expect(podView(POD)).toEqual({
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      labels: { app: 'web' },
      node: 'w-1',
      phase: 'Running',
      ready: true,
      controller: { kind: 'ReplicaSet', name: 'web', uid: 'y' },
      mirror: false,
      deletingSince: undefined,
      graceSeconds: 45,
      emptyDir: true,
      hostPath: true,
      claims: ['orders'],
      requests: { cpuMilli: 100, memoryBytes: 0, pods: 1 },
      tolerations: [
        { key: undefined, operator: 'Exists', value: '', effect: undefined },
        { key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute' },
      ],
      nodeSelector: { disk: 'ssd' },
      nodeAffinity: [
        {
          labels: [{ key: 'zone', operator: 'In', values: ['a'] }],
          fields: [{ key: 'metadata.name', operator: 'NotIn', values: ['w-2'] }],
        },
        { labels: [{ key: '', operator: 'In', values: [] }], fields: [] },
      ],
      antiAffinity: [],
      spread: [],
      hostPorts: [],
      priority: 7,
    });
  });

  it('takes nothing that is missing for fine', () => {
    expect(podView({})).toMatchObject({
      node: undefined,
      phase: 'Unknown',
      ready: false,
      controller: undefined,
      emptyDir: false,
      hostPath: false,
      claims: [],
      graceSeconds: 30,
      nodeAffinity: [],
    });
  });

  const NODE_DATA = { name: 'node', hostPath: {} };
  it.each<[string, WirePod['spec'], boolean]>([
    ['to write', { volumes: [NODE_DATA], containers: [{ volumeMounts: [{ name: 'node' }] }] }, true],
    ['to write at its start', { volumes: [NODE_DATA], initContainers: [{ volumeMounts: [{ name: 'node' }] }] }, true],
    ['to read', { volumes: [NODE_DATA], containers: [{ volumeMounts: [{ name: 'node', readOnly: true }] }] }, false],
    ['nowhere', { volumes: [NODE_DATA], containers: [{ volumeMounts: [{ name: 'other' }] }] }, false],
    [
      'as a socket',
      { volumes: [{ name: 'node', hostPath: { type: 'Socket' } }], containers: [{ volumeMounts: [{ name: 'node' }] }] },
      false,
    ],
  ])('of a pod that mounts a directory of its node %s', (_how, spec, writes) => {
    expect(podView({ spec: spec ?? {} }).hostPath).toBe(writes);
  });

  it('of a pod that is leaving tells since when, and with the grace that was asked for', () => {
    const metadata = { deletionTimestamp: '2026-11-02T10:00:00Z', deletionGracePeriodSeconds: 5 };
    expect(podView({ ...POD, metadata })).toMatchObject({
      deletingSince: Date.UTC(2026, 10, 2, 10),
      graceSeconds: 5,
    });
  });

  it('of a static pod’s mirror says so', () => {
    expect(podView({ metadata: { annotations: { 'kubernetes.io/config.mirror': 'hash' } } }).mirror).toBe(true);
  });
});

describe('the view of a budget', () => {
  const condition = (reason: string, message?: string) => ({
    type: 'DisruptionAllowed',
    status: 'False',
    reason,
    ...(message === undefined ? {} : { message }),
  });
  const BUDGET: WireBudget = {
    metadata: { namespace: 'shop', name: 'web', uid: 'u1' },
    spec: {
      minAvailable: '75%',
      selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'canary', operator: 'DoesNotExist' }] },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
    status: {
      currentHealthy: 7,
      desiredHealthy: 6,
      expectedPods: 8,
      disruptionsAllowed: 1,
      disruptedPods: { 'web-1': '2026-11-26T10:00:00Z' },
    },
  };

  it('holds what the API tells', () => {
    expect(budgetView(BUDGET)).toEqual({
      namespace: 'shop',
      name: 'web',
      uid: 'u1',
      selector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'canary', operator: 'DoesNotExist', values: [] }],
      },
      rule: 'minAvailable: 75%',
      currentHealthy: 7,
      desiredHealthy: 6,
      expectedPods: 8,
      disruptionsAllowed: 1,
      evicting: 1,
      observed: true,
      syncError: undefined,
      alwaysEvictUnhealthy: true,
    });
  });

  it.each<[string, WireBudget, object]>([
    ['has not seen it yet', { metadata: { generation: 1 } }, { observed: false }],
    [
      'has not seen its change',
      { metadata: { generation: 3 }, status: { observedGeneration: 2 } },
      { observed: false },
    ],
    ['has seen it', { metadata: { generation: 3 }, status: { observedGeneration: 3 } }, { observed: true }],
    [
      'cannot count its pods',
      { status: { conditions: [condition('SyncFailed', 'found no controllers for pod "a"')] } },
      { syncError: 'found no controllers for pod "a"' },
    ],
    ['says nothing of why', { status: { conditions: [condition('SyncFailed')] } }, { syncError: '' }],
    [
      'has counted too few',
      { status: { conditions: [condition('InsufficientPods', 'one more')] } },
      { syncError: undefined },
    ],
  ])('tells where its controller %s', (_what, budget, expected) => {
    expect(budgetView(budget)).toMatchObject(expected);
  });

  it('allows nothing where its controller has not looked at it yet', () => {
    expect(budgetView({ spec: { maxUnavailable: 1 } })).toMatchObject({
      rule: 'maxUnavailable: 1',
      disruptionsAllowed: 0,
      alwaysEvictUnhealthy: false,
    });
  });

  it.each([
    ['no selector', undefined, false],
    ['an empty selector', {}, true],
  ])('with %s guards everything: %s', (_, selector, guards) => {
    const view = budgetView({ spec: selector ? { selector } : {} });
    expect(matchesSelector(view.selector, { app: 'web' })).toBe(guards);
    expect(matchesSelector(view.selector, {})).toBe(guards);
  });
});
