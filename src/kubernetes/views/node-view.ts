import type { NodeView, Taint } from '../../cluster/snapshot.ts';
import { parseVersion } from '../../version/kubernetes-version.ts';
import { CLAIM_KEY, readClaim } from './claim.ts';
import { resourcesOf } from './requests.ts';
import { epoch } from './time.ts';
import type { WireNode } from './wire.ts';

/** The label of kubeadm since 1.20, and the one before. */
const CONTROL_PLANE_LABELS = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

export function nodeView({ metadata = {}, spec = {}, status = {} }: WireNode): NodeView {
  const { labels = {} } = metadata;
  const { conditions = [], nodeInfo = {} } = status;
  const ready = conditions.find(({ type }) => type === 'Ready');
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    role: CONTROL_PLANE_LABELS.some(label => label in labels) ? 'control-plane' : 'worker',
    labels,
    taints: (spec.taints ?? []).flatMap(taintView),
    unschedulable: spec.unschedulable ?? false,
    ready: ready?.status === 'True' || ready?.status === 'False' ? ready.status : 'Unknown',
    readySince: epoch(ready?.lastTransitionTime),
    heardAt: epoch(ready?.lastHeartbeatTime),
    pressures: conditions.flatMap(({ type, status: is }) => troubleOf(type, is)),
    kubelet: parseVersion(nodeInfo.kubeletVersion ?? ''),
    kubeletText: nodeInfo.kubeletVersion ?? '',
    allocatable: resourcesOf(status.allocatable),
    internalIp: status.addresses?.find(({ type }) => type === 'InternalIP')?.address,
    osImage: nodeInfo.osImage ?? '',
    containerRuntime: nodeInfo.containerRuntimeVersion ?? '',
    os: nodeInfo.operatingSystem ?? '',
    kernel: nodeInfo.kernelVersion ?? '',
    createdAt: epoch(metadata.creationTimestamp) ?? 0,
    claim: readClaim(metadata.annotations?.[CLAIM_KEY]),
  };
}

/**
 * Conditions of the kubelet and of node-problem-detector name a trouble; those that others add and that end with Ready name
 * what is well, as Ready itself (docs.aws.amazon.com: eks, node-health-nma).
 */
function troubleOf(type: string, status: string): string[] {
  if (!type.endsWith('Ready')) return status === 'True' ? [type] : [];
  return type !== 'Ready' && status === 'False' ? [`${type}=False`] : [];
}

function taintView({ key, value = '', effect }: { key: string; value?: string; effect: string }): Taint[] {
  return effect === 'NoSchedule' || effect === 'PreferNoSchedule' || effect === 'NoExecute'
    ? [{ key, value, effect }]
    : [];
}
