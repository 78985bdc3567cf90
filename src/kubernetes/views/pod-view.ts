import type { PodView, Toleration } from '../../cluster/snapshot.ts';
import { antiAffinityView, hostPortsOf, spreadView } from './constraints.ts';
import { claimsOf, writesToItsNode } from './pod-volumes.ts';
import { podRequests } from './requests.ts';
import { affinityView } from './selectors.ts';
import { type Sharing, UNSHARED } from './sharing.ts';
import { epoch } from './time.ts';
import type { WireOwner, WirePod, WireToleration } from './wire.ts';

/** Set by the kubelet on the mirror of a static pod. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const DEFAULT_GRACE_SECONDS = 30;

export function podView(pod: WirePod, share: Sharing = UNSHARED): PodView {
  const { metadata = {}, spec = {}, status = {} } = pod;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  return {
    namespace: share.text(metadata.namespace ?? ''),
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    labels: share.value(metadata.labels ?? {}),
    node: spec.nodeName ? share.text(spec.nodeName) : undefined,
    phase: phaseView(status.phase),
    ready: isPodReady(pod),
    controller: owner && share.value({ kind: kindOf(owner), name: owner.name, uid: owner.uid }),
    mirror: metadata.annotations?.[MIRROR_ANNOTATION] !== undefined,
    deletingSince: epoch(metadata.deletionTimestamp),
    graceSeconds: metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
    emptyDir: spec.volumes?.some(({ emptyDir }) => emptyDir !== undefined && emptyDir !== null) ?? false,
    hostPath: writesToItsNode(spec),
    claims: claimsOf(spec, metadata.name ?? ''),
    requests: share.value(podRequests(spec)),
    tolerations: share.value((spec.tolerations ?? []).flatMap(tolerationView)),
    nodeSelector: share.value(spec.nodeSelector ?? {}),
    nodeAffinity: share.value(affinityView(spec)),
    antiAffinity: share.value(antiAffinityView(pod)),
    spread: share.value(spreadView(pod)),
    hostPorts: share.value(hostPortsOf(spec)),
    priority: spec.priority ?? 0,
  };
}

/**
 * Other groups have kinds of the same names, such as the DaemonSet of apps.kruise.io: kubectl drain takes only that of
 * apps/v1 for one.
 */
function kindOf({ kind, apiVersion = '' }: WireOwner): string {
  const [group = '', version] = apiVersion.split('/');
  const isForeign = version !== undefined && group.includes('.') && !group.endsWith('.k8s.io');
  return isForeign ? `${kind}.${group}` : kind;
}

export function isPodReady({ status }: WirePod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

function phaseView(phase: string | undefined): PodView['phase'] {
  switch (phase) {
    case 'Pending':
    case 'Running':
    case 'Succeeded':
    case 'Failed':
      return phase;
    default:
      return 'Unknown';
  }
}

/** Operators and effects that are not known here tolerate nothing. */
function tolerationView({ key, operator = 'Equal', value = '', effect }: WireToleration): Toleration[] {
  if (operator !== 'Exists' && operator !== 'Equal') return [];
  const matched = effect || undefined;
  switch (matched) {
    case undefined:
    case 'NoSchedule':
    case 'PreferNoSchedule':
    case 'NoExecute':
      return [{ key: key || undefined, operator, value, effect: matched }];
    default:
      return [];
  }
}
