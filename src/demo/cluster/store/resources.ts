import { serviceDefaults, volumeDefaults, webhookDefaults } from './looked-at-defaults.ts';
import type { Event, Job, KubeObject, Pod, ResourceName } from './objects.ts';

/** One row of the resource registry: what the API needs to know to serve a kind. */
export interface Resource {
  readonly name: ResourceName;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  /** Has a status subresource: writes to the object itself leave `status` alone. */
  readonly status: boolean;
  /** Field selectors beside metadata.name and metadata.namespace. */
  readonly fields?: (object: KubeObject) => Readonly<Record<string, string>>;
  /** A PUT of what is not there makes it. */
  readonly madeByPut?: boolean;
  /** A PUT must name the version that it replaces. */
  readonly versioned?: boolean;
  /** What the API server warns of whoever asks for it. */
  readonly deprecated?: string;
  /** The minor of release 1 that no longer serves it. */
  readonly removedIn?: number;
  /** What admission and defaulting add at creation. */
  readonly defaults?: (object: KubeObject) => void;
}

const core = { group: '', version: 'v1' };
const apps = { group: 'apps', version: 'v1', namespaced: true, status: true };
const admission = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  namespaced: false,
  status: false,
  defaults: webhookDefaults,
};
const serviceCidr = { name: 'servicecidrs', kind: 'ServiceCIDR', group: 'networking.k8s.io' } as const;

export const RESOURCES: readonly Resource[] = [
  { name: 'namespaces', kind: 'Namespace', ...core, namespaced: false, status: true, defaults: namespaceDefaults },
  { name: 'nodes', kind: 'Node', ...core, namespaced: false, status: true, fields: nodeFields, defaults: nodeDefaults },
  { name: 'pods', kind: 'Pod', ...core, namespaced: true, status: true, fields: podFields, defaults: podDefaults },
  { name: 'services', kind: 'Service', ...core, namespaced: true, status: true, defaults: serviceDefaults },
  { name: 'serviceaccounts', kind: 'ServiceAccount', ...core, namespaced: true, status: false },
  { name: 'secrets', kind: 'Secret', ...core, namespaced: true, status: false },
  { name: 'configmaps', kind: 'ConfigMap', ...core, namespaced: true, status: false },
  {
    name: 'endpoints',
    kind: 'Endpoints',
    ...core,
    namespaced: true,
    status: false,
    deprecated: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  },
  { name: 'events', kind: 'Event', ...core, namespaced: true, status: false, fields: eventFields },
  {
    name: 'persistentvolumes',
    kind: 'PersistentVolume',
    ...core,
    namespaced: false,
    status: true,
    defaults: volumeDefaults,
  },
  { name: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', ...core, namespaced: true, status: true },
  { name: 'deployments', kind: 'Deployment', ...apps, defaults: replicaDefaults },
  { name: 'replicasets', kind: 'ReplicaSet', ...apps, defaults: replicaDefaults },
  { name: 'statefulsets', kind: 'StatefulSet', ...apps, defaults: replicaDefaults },
  { name: 'daemonsets', kind: 'DaemonSet', ...apps },
  { name: 'jobs', kind: 'Job', group: 'batch', version: 'v1', namespaced: true, status: true, defaults: jobDefaults },
  {
    name: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    group: 'policy',
    version: 'v1',
    namespaced: true,
    status: true,
    versioned: true,
    defaults: budgetDefaults,
  },
  {
    name: 'leases',
    kind: 'Lease',
    group: 'coordination.k8s.io',
    version: 'v1',
    namespaced: true,
    status: false,
    madeByPut: true,
    versioned: true,
  },
  { ...serviceCidr, version: 'v1', namespaced: false, status: true },
  {
    name: 'volumeattachments',
    kind: 'VolumeAttachment',
    group: 'storage.k8s.io',
    version: 'v1',
    namespaced: false,
    status: true,
  },
  { name: 'validatingwebhookconfigurations', kind: 'ValidatingWebhookConfiguration', ...admission },
  { name: 'mutatingwebhookconfigurations', kind: 'MutatingWebhookConfiguration', ...admission },
];

/** Versions beside a kind's own; what is written in them is stored in that. */
const OLDER: readonly Resource[] = [
  {
    ...serviceCidr,
    version: 'v1beta1',
    namespaced: false,
    status: true,
    deprecated: 'networking.k8s.io/v1beta1 ServiceCIDR is deprecated in v1.34+, unavailable in v1.37+',
    removedIn: 37,
  },
];

/** Everything that an API server of this minor serves, the own version of each kind first. */
export function servedBy(minor: number): Resource[] {
  return [...RESOURCES, ...OLDER].filter(({ removedIn = Number.POSITIVE_INFINITY }) => minor < removedIn);
}

const BY_NAME = new Map(RESOURCES.map(resource => [resource.name, resource]));

export function resourceOf(name: ResourceName): Resource {
  const resource = BY_NAME.get(name);
  if (!resource) throw new Error(`The simulated cluster has no resource ${name}; add a row to the resource registry.`);
  return resource;
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

function nodeFields(object: KubeObject): Record<string, string> {
  const { unschedulable = false } = (object.spec ?? {}) as { unschedulable?: boolean };
  return { 'spec.unschedulable': String(unschedulable) };
}

function podFields(object: KubeObject): Record<string, string> {
  const { spec, status } = object as Pod;
  return {
    'spec.nodeName': spec.nodeName ?? '',
    'spec.restartPolicy': spec.restartPolicy ?? 'Always',
    'status.phase': status.phase,
    'status.podIP': status.podIP ?? '',
  };
}

function eventFields(object: KubeObject): Record<string, string> {
  const { involvedObject: involved = {}, reason = '', type = '' } = object as Event;
  return {
    reason,
    type,
    'involvedObject.kind': involved.kind ?? '',
    'involvedObject.name': involved.name ?? '',
    'involvedObject.namespace': involved.namespace ?? '',
    'involvedObject.uid': involved.uid ?? '',
  };
}

function namespaceDefaults(object: KubeObject): void {
  object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  object.spec = { finalizers: ['kubernetes'] };
  object.status = { phase: 'Active' };
}

/** What a kubelet has not reported yet. */
function nodeDefaults(object: KubeObject): void {
  object.spec ??= {};
  object.status = { capacity: {}, allocatable: {}, conditions: [], addresses: [], nodeInfo: { kubeletVersion: '' } };
}

function podDefaults(object: KubeObject): void {
  const pod = object as Pod;
  pod.spec.restartPolicy ??= 'Always';
  pod.spec.terminationGracePeriodSeconds ??= 30;
  pod.spec.priority ??= pod.spec.priorityClassName?.startsWith('system-') ? 2_000_001_000 : 0;
  const tolerations = pod.spec.tolerations ?? [];
  // DefaultTolerationSeconds: a pod outlives its node's silence by five minutes unless it says otherwise.
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const covered = tolerations.some(
      each =>
        (each.key === undefined || each.key === key) && (each.effect === undefined || each.effect === 'NoExecute'),
    );
    if (!covered) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
  pod.spec.tolerations = tolerations;
  pod.status = { phase: 'Pending', qosClass: 'Burstable' };
}

function replicaDefaults(object: KubeObject): void {
  const spec = object.spec as { replicas?: number };
  spec.replicas ??= 1;
}

function jobDefaults(object: KubeObject): void {
  const job = object as Job;
  job.spec.backoffLimit ??= 6;
  job.spec.completions ??= 1;
  job.spec.parallelism ??= 1;
  const labels = {
    'batch.kubernetes.io/controller-uid': job.metadata.uid,
    'batch.kubernetes.io/job-name': job.metadata.name,
    'controller-uid': job.metadata.uid,
    'job-name': job.metadata.name,
  };
  job.spec.selector ??= { matchLabels: { 'batch.kubernetes.io/controller-uid': job.metadata.uid } };
  job.spec.template.metadata = {
    ...job.spec.template.metadata,
    labels: { ...job.spec.template.metadata?.labels, ...labels },
  };
}

function budgetDefaults(object: KubeObject): void {
  object.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
}
