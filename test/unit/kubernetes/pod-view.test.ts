import { podView } from '../../../src/kubernetes/views/pod-view.ts';
import type { WirePod } from '../../../src/kubernetes/views/wire.ts';

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
        { name: 'scratch', ephemeral: { volumeClaimTemplate: {} } },
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
      claims: ['orders', 'web-1-scratch'],
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
