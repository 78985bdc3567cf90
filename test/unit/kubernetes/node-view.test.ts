import { V1Node, V1ObjectMeta } from '@kubernetes/client-node';
import { nodeView } from '../../../src/kubernetes/views/node-view.ts';
import type { WireNode } from '../../../src/kubernetes/views/wire.ts';
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

  it('names conditions that tell of trouble, and those that should be True and are not', () => {
    const conditions = [
      { type: 'Ready', status: 'False' },
      { type: 'MemoryPressure', status: 'True' },
      { type: 'DiskPressure', status: 'False' },
      { type: 'KernelDeadlock', status: 'True' },
      { type: 'StorageReady', status: 'True' },
      { type: 'KernelReady', status: 'False' },
      { type: 'NetworkingReady', status: 'Unknown' },
    ];
    expect(nodeView({ status: { conditions } }).pressures).toEqual([
      'MemoryPressure',
      'KernelDeadlock',
      'KernelReady=False',
    ]);
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
