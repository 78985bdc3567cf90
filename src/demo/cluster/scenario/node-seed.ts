import { formatVersion, type KubernetesVersion } from '../../../version/kubernetes-version.ts';
import type { ObjectSeed } from '../store/new-object.ts';
import type { Condition } from '../store/objects.ts';
import type { ScenarioNode } from './scenario.ts';

export const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** A node as kubeadm and its kubelet would have registered it. */
export function nodeSeed(
  { name, role, cpu, memory }: ScenarioNode,
  index: number,
  version: KubernetesVersion,
  now: string,
): ObjectSeed<'nodes'> {
  const isControlPlane = role === 'control-plane';
  const resources = { cpu, memory, pods: '110', 'ephemeral-storage': '100Gi' };
  return {
    name,
    labels: {
      'beta.kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      ...(isControlPlane ? { [CONTROL_PLANE]: '' } : {}),
    },
    annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
    spec: {
      podCIDR: `10.244.${index}.0/24`,
      ...(isControlPlane ? { taints: [{ key: CONTROL_PLANE, effect: 'NoSchedule' }] } : {}),
    },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address: `10.0.0.${index + 11}` },
        { type: 'Hostname', address: name },
      ],
      conditions: conditions(now),
      nodeInfo: {
        architecture: 'amd64',
        bootID: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        containerRuntimeVersion: 'containerd://2.2.1',
        kernelVersion: '6.12.0-amd64',
        kubeProxyVersion: '',
        kubeletVersion: formatVersion(version),
        machineID: String(index).padStart(32, '0'),
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        systemUUID: String(index).padStart(32, '0'),
      },
    },
  };
}

function conditions(now: string): Condition[] {
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  const pressure = (type: string, reason: string): Condition => ({
    type,
    status: 'False',
    reason,
    message: `kubelet has ${reason.replace('KubeletHas', '').toLowerCase()}`,
    ...times,
  });
  return [
    pressure('MemoryPressure', 'KubeletHasSufficientMemory'),
    pressure('DiskPressure', 'KubeletHasNoDiskPressure'),
    pressure('PIDPressure', 'KubeletHasSufficientPID'),
    { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status', ...times },
  ];
}
