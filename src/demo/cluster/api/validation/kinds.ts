import { selects } from '../../pods/selector.ts';
import type {
  Deployment,
  Event,
  Job,
  KubeObject,
  Lease,
  Pod,
  PodDisruptionBudget,
  PodSpec,
  ResourceName,
} from '../../store/objects.ts';
import { sameJson } from '../../store/same-json.ts';
import {
  type FieldFault,
  forbiddenField,
  invalidValue,
  type Rule,
  required,
  type UpdateRule,
  unsupported,
} from './field-fault.ts';
import { serviceFaults, volumeFaults, webhookFaults } from './looked-at.ts';
import { labelFaults } from './metadata.ts';

/** What each kind asks of its objects, as far as the simulator acts on them. */
export const RULES: { readonly [R in ResourceName]?: Rule } = {
  pods: object => podSpecFaults((object as Pod).spec, 'spec', ['Always', 'OnFailure', 'Never']),
  jobs: object => jobFaults(object as Job),
  deployments: workloadFaults,
  replicasets: workloadFaults,
  statefulsets: workloadFaults,
  daemonsets: workloadFaults,
  poddisruptionbudgets: object => budgetFaults(object as PodDisruptionBudget),
  leases: object => leaseFaults(object as Lease),
  events: object => eventFaults(object as Event),
  services: serviceFaults,
  persistentvolumes: volumeFaults,
  validatingwebhookconfigurations: webhookFaults,
  mutatingwebhookconfigurations: webhookFaults,
};

/** What may not be changed once an object stands. */
export const UPDATE_RULES: { readonly [R in ResourceName]?: UpdateRule } = {
  pods: (object, previous) => podChangeFaults((object as Pod).spec, (previous as Pod).spec),
  jobs: (object, previous) => immutable('spec.template', templateOf(object), templateOf(previous)),
  deployments: selectorFaults,
  replicasets: selectorFaults,
  statefulsets: selectorFaults,
  daemonsets: selectorFaults,
};

function podSpecFaults(spec: Partial<PodSpec> | undefined, field: string, policies: readonly string[]): FieldFault[] {
  const containers = spec?.containers ?? [];
  return [
    ...(containers.length === 0 ? [required(`${field}.containers`)] : []),
    ...containers.flatMap(({ name, image }, index) => [
      ...(name ? [] : [required(`${field}.containers[${index}].name`)]),
      ...(image ? [] : [required(`${field}.containers[${index}].image`)]),
    ]),
    ...(spec?.restartPolicy === undefined || policies.includes(spec.restartPolicy)
      ? []
      : [unsupported(`${field}.restartPolicy`, spec.restartPolicy, policies)]),
  ];
}

const ENDING: readonly string[] = ['OnFailure', 'Never'];

function jobFaults({ spec }: Job): FieldFault[] {
  const field = 'spec.template.spec';
  // Absent means Always, which no Job may have.
  const policy = spec?.template?.spec?.restartPolicy;
  return [
    ...labelFaults(spec?.template?.metadata?.labels, 'spec.template.labels'),
    ...(policy === undefined ? [required(`${field}.restartPolicy`, 'valid values: "OnFailure", "Never"')] : []),
    ...podSpecFaults(spec?.template?.spec, field, ENDING),
  ];
}

function workloadFaults(object: KubeObject): FieldFault[] {
  const { spec } = object as Deployment;
  const labels = spec?.template?.metadata?.labels;
  const replicas = spec?.replicas ?? 1;
  return [
    ...(replicas < 0 ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')] : []),
    ...(spec?.selector ? [] : [required('spec.selector')]),
    ...(spec?.selector && selects(spec.selector, labels)
      ? []
      : [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]),
    ...podSpecFaults(spec?.template?.spec, 'spec.template.spec', ['Always']),
  ];
}

function budgetFaults({ spec }: PodDisruptionBudget): FieldFault[] {
  if (spec?.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    return [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')];
  }
  return (['minAvailable', 'maxUnavailable'] as const).flatMap(name => {
    const value = spec?.[name];
    if (typeof value !== 'string' || /^\d+%$/.test(value)) return [];
    const why = "a valid percent string must be a numeric string followed by an ending '%'";
    return [invalidValue(`spec.${name}`, value, why)];
  });
}

function leaseFaults({ spec }: Lease): FieldFault[] {
  const seconds = spec?.leaseDurationSeconds ?? 1;
  return seconds > 0 ? [] : [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')];
}

/** An event about an object of the whole cluster has no namespace to be in but this. */
function eventFaults({ metadata, involvedObject }: Event): FieldFault[] {
  const { namespace = '' } = involvedObject ?? {};
  if ((namespace || 'default') === metadata.namespace) return [];
  return [invalidValue('involvedObject.namespace', namespace, 'does not match event.namespace')];
}

/** A pod stays what it is: images may change, tolerations be added, the rest may not. */
function podChangeFaults(spec: PodSpec, previous: PodSpec): FieldFault[] {
  const fixed = ({ containers, tolerations: _tolerations, ...rest }: PodSpec) => ({
    ...rest,
    containers: containers.map(({ image: _image, ...container }) => container),
  });
  if (sameJson(fixed(spec), fixed(previous))) return [];
  const allowed = '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`';
  return [forbiddenField('spec', `pod updates may not change fields other than ${allowed}`)];
}

function selectorFaults(object: KubeObject, previous: KubeObject): FieldFault[] {
  return immutable('spec.selector', (object as Deployment).spec.selector, (previous as Deployment).spec.selector);
}

function templateOf(object: KubeObject): object {
  return (object as Job).spec.template;
}

function immutable(field: string, value: unknown, previous: unknown): FieldFault[] {
  return sameJson(value, previous) ? [] : [invalidValue(field, value, 'field is immutable')];
}
